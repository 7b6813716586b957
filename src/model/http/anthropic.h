// Anthropic's messages: POST /v1/messages, named events from message_start to message_stop. Messages of one
// role that follow each other become one, a tool's result opens the user's next one, and the first is always
// the user's. Texts without words are sent as chat::kEmptyTurnPlaceholder, since the API refuses them.
#pragma once

#include "model/http/wire_form.h"

namespace duologue::model::http {

const WireForm& anthropic_messages();  // one for all; any thread

}  // namespace duologue::model::http
