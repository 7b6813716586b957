// Which sampler values each API takes, by which names: every one of them is sent, since servers' own defaults
// differ. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "chat/sampling.h"
#include "model/http/wire_form.h"

namespace duologue::model::http {

enum class Api { kChat, kResponses, kCompletions, kOllama, kAnthropic };

struct SamplerField {
  std::string_view ours;  // as in chat::to_json(Sampling)
  std::string_view wire;
};

std::span<const SamplerField> sampler_fields(Api api, Dialect dialect);

// Puts the values that the API takes into `body`. `stop` is shortened to the four strings that most providers
// allow (llama-server and Ollama take all): the rest is looked for here, in the answer.
void put_sampling(base::Json& body, const chat::Sampling& sampling, Api api, Dialect dialect);

// Values that the API doesn't take, though they would change what is said: "min_p 0.05". Stop strings are
// never among them: those are looked for in the answer.
std::vector<std::string> unsent_samplers(const chat::Sampling& sampling, Api api, Dialect dialect);

}  // namespace duologue::model::http
