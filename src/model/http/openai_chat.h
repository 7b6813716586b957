// OpenAI's chat completions, and everything that speaks like it: POST /chat/completions, server-sent events
// up to [DONE]. Differences between servers are Dialects.
#pragma once

#include "model/http/wire_form.h"

namespace duologue::model::http {

const WireForm& openai_chat();  // one for all; any thread

}  // namespace duologue::model::http
