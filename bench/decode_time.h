// How long the program was inside llama_decode, and for what. The bench's linker sends every call of
// llama_decode here first (--wrap), so that the engine that users run is measured without a line of its own
// for it. Any thread.
#pragma once

#include <cstdint>

namespace duologue::bench {

struct DecodeTime {
  double seconds = 0;
  std::uint64_t calls = 0;
  std::uint64_t tokens = 0;
  // Of these, calls with at most one token of each sequence (generation), the others being prefill.
  double step_seconds = 0;
  std::uint64_t step_calls = 0;
  std::uint64_t step_tokens = 0;
};
DecodeTime decode_time();  // since the program began

}  // namespace duologue::bench
