// The events of OpenAI's chat completions and completions: what both, and whoever speaks like them, stream.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/rng.h"
#include "model/http/sse_answer_reader.h"

namespace duologue::model::http {

inline constexpr int kTopLogprobs = 20;  // the most that OpenAI and Ollama give

// A turn's seed as providers take one: 31 bits.
std::uint64_t wire_seed(const base::RngKey& key);

// Reads both kinds' chunks, whole answers of servers that don't stream, and errors in their place.
class OpenAiEventReader final : public SseAnswerReader {
 public:
  using SseAnswerReader::SseAnswerReader;

 private:
  base::Status take(std::string_view data) override;
  base::Status take_choice(const base::Json& choice);
  base::Status take_message(const base::Json& delta);
  base::Status take_tool_call(const base::Json& call);
  void take_usage(const base::Json& usage);
};

// Log-probabilities in both shapes: `content` with a list of the most likely ones for each token, and the
// arrays of the older completions. Adds them to the answer.
void take_logprobs(const base::Json& logprobs, Answer& answer);

}  // namespace duologue::model::http
