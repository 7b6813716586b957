// Ollama's own API: POST /api/chat, and /api/generate with `raw` for base models; one JSON object a line, the
// last one `done`. num_ctx is always set, since a server left to its own drops the front of a long talk
// without a word; newer servers are also asked to fail instead (`truncate`, `shift`).
#pragma once

#include <cstdint>
#include <stop_token>

#include "model/http/endpoint.h"
#include "model/http/transport.h"
#include "model/http/wire_form.h"

namespace duologue::model::http {

const WireForm& ollama_chat();      // one for all; any thread
const WireForm& ollama_generate();  // raw prompts

// The longest context that the model was made for, in tokens; 0: the server doesn't say.
base::Result<std::uint32_t> ask_ollama_context(Transport& transport, const Endpoint& endpoint, const Key& key,
                                               std::stop_token stop);

}  // namespace duologue::model::http
