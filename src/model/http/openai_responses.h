// OpenAI's responses: POST /responses, named events up to response.completed. Nothing is kept at the provider
// (`store` is off): every request holds the whole view.
#pragma once

#include "model/http/wire_form.h"

namespace duologue::model::http {

const WireForm& openai_responses();  // one for all; any thread

}  // namespace duologue::model::http
