// The older completions API, for base models: POST /completions with the view's texts as one prompt.
#pragma once

#include "model/http/wire_form.h"

namespace duologue::model::http {

const WireForm& completions();  // one for all; any thread

}  // namespace duologue::model::http
