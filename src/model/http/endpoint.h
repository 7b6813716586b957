// Where a provider's model is, by its name, and with which key it is asked.
//
//   openai:NAME[@URL]            chat completions; raw prompting goes to completions
//   openai-responses:NAME[@URL]  the newer API
//   completions:NAME[@URL]       the older one, for base models: raw prompting only
//   ollama:NAME[:TAG][@URL]      Ollama's own API
//   anthropic:NAME[@URL]
//
// Without a URL: OPENAI_BASE_URL, OLLAMA_HOST, ANTHROPIC_BASE_URL, or the provider's own address. Keys come
// from the environment alone: OPENAI_API_KEY, ANTHROPIC_API_KEY, OLLAMA_API_KEY. They go to the provider
// itself, to the address that the environment names, and to servers on this machine. Another host of a name
// gets the key of its own name: that of https://api.mistral.ai is MISTRAL_API_KEY. So no name in somebody
// else's spec can carry a key away. Pure but for the environment; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "base/result.h"
#include "model/http/transport.h"

namespace duologue::model::http {

enum class Provider { kOpenAi, kOpenAiResponses, kCompletions, kOllama, kAnthropic };

std::string_view prefix_of(Provider provider);  // "openai:"
bool is_http_name(std::string_view name);       // begins with one of the prefixes

struct Endpoint {
  Provider provider = Provider::kOpenAi;
  std::string model;     // as the provider calls it
  std::string base_url;  // OpenAI's with its /v1, the others' without

  // The name that finds it again on any machine: with its URL.
  std::string resolved() const;
};

// kUsage: no model's name, a URL that is none.
base::Result<Endpoint> endpoint_of(std::string_view name, const base::Environment& env = base::environment);

struct Key {
  std::string value;  // empty: there is none, and none is sent
  std::string name;   // the variable to set
};

// kUsage: the provider's own address without a key; one with characters that no key has.
base::Result<Key> key_of(const Endpoint& endpoint, const base::Environment& env = base::environment);

// The headers that carry the key; and those that the API wants beside them.
std::vector<HttpHeader> secret_headers(const Endpoint& endpoint, const Key& key);
std::vector<HttpHeader> plain_headers(const Endpoint& endpoint);

}  // namespace duologue::model::http
