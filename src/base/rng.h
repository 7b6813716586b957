// Counter-based random numbers (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
// 3"). A draw is a pure function of key and counter: it can be made again at any time, in any order, on any
// thread.
#pragma once

#include <cstdint>

namespace duologue::base {

// What a number is drawn for. A new use takes a new value: two uses never share a stream.
enum class RngStream : std::uint32_t {
  kToken = 0,
  kSamplerSeed = 1,
  kTurnOrder = 2,
  kBootstrap = 3,
  kPermutation = 4,
  kRetry = 5,  // how long to wait before a turn's next attempt
  kSummary = 6,
};

// A turn that its model is asked for in parts (it called a tool, and goes on with the answer) draws each
// part's tokens from a stream of its own: kToken of part 0.
inline RngStream stream_of_part(RngStream stream, std::uint32_t part) {
  return static_cast<RngStream>(static_cast<std::uint32_t>(stream) | part << 16U);
}
inline std::uint32_t part_of(RngStream stream) { return static_cast<std::uint32_t>(stream) >> 16U; }

struct RngKey {
  std::uint64_t seed = 0;  // the experiment's; any 64 bits, no value has a meaning of its own
  std::uint32_t trial = 0;
  std::uint32_t turn = 0;
  RngStream stream = RngStream::kToken;
};

std::uint64_t random_bits(const RngKey& key, std::uint32_t counter);

// In [0, 1), 53 bits.
double random_uniform(const RngKey& key, std::uint32_t counter);

// A seed from the operating system's entropy, for runs that name none.
std::uint64_t random_seed();

}  // namespace duologue::base
