// Texts that are nearly the same, among many: MinHash signatures of token 3-shingles, locality-sensitive
// hashing (14 bands of 9 lanes) to find who might be near whom, then the exact Jaccard similarity of those
// (Leskovec, Rajaraman & Ullman 2014, chapter 3). A pair of similarity J is compared with probability 1 - (1
// - J^9)^14: .43 at 0.7, .87 at 0.8, .9998 at 0.9, so pairs just over the threshold may be missed, and no
// pair under it is ever joined. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace duologue::measure {

inline constexpr std::size_t kLshBands = 14;
inline constexpr std::size_t kLshRows = 9;
inline constexpr std::size_t kMostTexts = 1'000'000;

struct NearDuplicateLink {
  std::uint32_t first = 0;  // places in the input, first < second
  std::uint32_t second = 0;
  double similarity = 1;  // Jaccard, exact

  bool operator==(const NearDuplicateLink&) const = default;
};

struct NearDuplicates {
  // Texts joined by a chain of pairs at or over the threshold are a group. Of each text, the first text of
  // its group: itself where nothing earlier is near it.
  std::vector<std::uint32_t> group;
  // The pairs that joined them, one fewer than texts in each group, by their second text.
  std::vector<NearDuplicateLink> links;
  std::uint64_t compared = 0;  // pairs compared exactly
};

// Texts without tokens are duplicates of each other and of nothing else. kBadInput with more than kMostTexts;
// kUsage where the threshold isn't above 0 and at most 1.
base::Result<NearDuplicates> find_near_duplicates(std::span<const std::string> texts, double threshold = 0.7);

}  // namespace duologue::measure
