// Opens a provider's model: finds its address and key, asks the server whether it is there and has the model,
// and what kind of server it is. Blocking, a request or two; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "base/result.h"
#include "model/http/transport.h"
#include "model/model.h"

namespace duologue::model::http {

struct OpenHttpOptions {
  std::string name;                      // as the user gave it
  std::string resolved;                  // as Endpoint::resolved() has it
  std::uint32_t context_tokens = 0;      // Ollama's num_ctx; 0: the model's own, at most 8192
  std::vector<chat::Sampling> sampling;  // of those who speak with it: what can't be sent is said
  std::shared_ptr<Transport> transport;  // required
  HttpTimeouts timeouts;
  std::function<void(std::string_view line)> say;  // notices, a line each; not set: nobody listens
  std::stop_token stop;
  base::Environment env = base::environment;
};

// kUsage: no key where one is needed, a model that the server doesn't have (with the nearest that it has);
// otherwise as Transport::send and error_of_answer.
base::Result<std::shared_ptr<Model>> open_http(const OpenHttpOptions& options);

}  // namespace duologue::model::http
