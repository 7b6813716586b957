// Models that servers offer right now, where asking is cheap: Ollama's, where it runs, and whatever
// OPENAI_BASE_URL names. Blocking, a second or two for a server that doesn't answer; any thread.
#pragma once

#include <stop_token>
#include <vector>

#include "base/paths.h"
#include "model/catalog.h"
#include "model/http/transport.h"

namespace duologue::model {

// A row for each, named as a talk would name it. A server that can't be reached, or refuses, offers nothing.
std::vector<CatalogRow> served_models(http::Transport& transport, std::stop_token stop,
                                      const base::Environment& env = base::environment);

}  // namespace duologue::model
