// MinHash signatures (Broder 1997) of a text's shingles: the share of lanes in which two signatures are equal
// estimates the Jaccard similarity of the two sets of shingles, without bias, with variance J (1 - J) / 128.
// Lane i is the minimum of (a_i x + b_i) mod 2^32 over the shingles' hashes x, one multiplication a lane, for
// as many lanes at once as the processor has. Signatures are good within one process: never stored
// (measure/tokens.h). Pure; any thread. A MinHasher belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "measure/tokens.h"

namespace duologue::measure {

inline constexpr std::size_t kMinHashLanes = 128;
inline constexpr std::size_t kShingleTokens = 3;

// A hash of three tokens in a row. A text of one or two tokens is one shingle; one without tokens has none.
using Shingle = std::uint64_t;

// In the order of the text, repeats kept; appended to `shingles`, which is cleared first.
void shingle(std::span<const TokenId> tokens, std::vector<Shingle>& shingles);

// Signed, since that is the minimum that every vector unit has. Of no shingle: kNoShingle in every lane.
using MinHash = std::array<std::int32_t, kMinHashLanes>;
inline constexpr std::int32_t kNoShingle = 0x7FFFFFFF;

class MinHasher {
 public:
  MinHash of_tokens(std::span<const TokenId> tokens);

 private:
  std::vector<Shingle> shingles_;
  std::vector<std::uint32_t> halves_;
};

MinHash minhash(std::span<const Shingle> shingles);

// What lane `lane` makes of one shingle, so that a test can take the minimum by hand.
std::int32_t lane_hash(std::size_t lane, Shingle shingle);

// The share of equal lanes, 0 to 1; 1 for two texts without shingles.
double estimated_jaccard(const MinHash& a, const MinHash& b);

}  // namespace duologue::measure
