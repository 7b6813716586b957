// What a provider's server says of itself: the models that it offers, and what kind of server it is.
// Blocking; any thread.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/http/endpoint.h"
#include "model/http/transport.h"
#include "model/http/wire_form.h"

namespace duologue::model::http {

struct OfferedModel {
  std::string name;
  std::uint32_t context_tokens = 0;  // 0: it doesn't say
  std::uint64_t bytes = 0;           // of its weights; 0: it doesn't say
  std::string digest;                // of what exactly it is, where the server names it
};

struct Offered {
  Dialect dialect = Dialect::kPlain;
  bool listed = false;  // the server has such a list
  std::vector<OfferedModel> models;

  const OfferedModel* find(std::string_view name) const;  // for Ollama NAME is NAME:latest too
};

// Asks for the list. A server that has none (404) is no error. Errors as
// Transport::send has them; kModel for a key that is refused.
base::Result<Offered> ask_offered(Transport& transport, const Endpoint& endpoint, const Key& key,
                                  std::stop_token stop, const HttpTimeouts& timeouts = kAskTimeouts);

// Whether the server knows a model that it doesn't list, as providers do with names that stand for others.
base::Result<bool> ask_known(Transport& transport, const Endpoint& endpoint, const Key& key,
                             std::stop_token stop);

}  // namespace duologue::model::http
