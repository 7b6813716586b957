// What a model that runs in process has done since it was opened. A value.
#pragma once

#include <cstdint>

namespace duologue::model {

struct LlamaStats {
  double busy_seconds = 0;    // the decoding thread had work: everything below, and what lies between
  double decode_seconds = 0;  // in llama_decode
  double sample_seconds = 0;  // statistics and sampling
  double score_seconds = 0;   // others' surprisal
  double move_seconds = 0;    // KV caches cut, copied and moved
  std::uint64_t decode_calls = 0;
  std::uint64_t prompt_tokens = 0;     // decoded; reused ones aren't counted
  std::uint64_t generated_tokens = 0;  // sampled
  std::uint64_t evicted_sequences = 0;
  std::uint64_t copied_prefixes = 0;
  std::uint64_t moved_sequences = 0;
};

}  // namespace duologue::model
