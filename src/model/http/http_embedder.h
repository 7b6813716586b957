// Texts embedded by a server that speaks OpenAI's embeddings API (POST /embeddings): OpenAI's own,
// llama-server with --embeddings, vLLM, Ollama. Names as of its models: openai:NAME[@URL], ollama:NAME[@URL].
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/paths.h"
#include "base/result.h"
#include "model/embedder.h"
#include "model/http/transport.h"
#include "model/retrying_model.h"

namespace duologue::model::http {

struct HttpEmbedderOptions {
  std::string name;                      // as the user gave it
  std::string resolved;                  // as Endpoint::resolved() has it
  std::shared_ptr<Transport> transport;  // required
  HttpTimeouts timeouts;
  RetryPolicy retry;
  std::stop_token stop;
  base::Environment env = base::environment;
  const base::Clock* clock = &base::Clock::system();  // must outlive the embedder
};

// Asks for one short text's vector, which tells the dimensions. Texts go in batches; one that is too long for
// the model is cut in two, again where need be, and its vector is the mean of the parts' by their bytes. What
// may pass is tried again by the policy. The identity is of the name and the address: what weights a server
// has, it doesn't say. kUsage: an API without embeddings, no key where one is needed; otherwise as
// Transport::send and error_of_answer.
base::Result<std::unique_ptr<Embedder>> open_http_embedder(const HttpEmbedderOptions& options);

}  // namespace duologue::model::http
