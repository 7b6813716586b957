// Paired arms: the same openings under two conditions. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace duologue::measure {

// McNemar's test (1947) of pairs that disagree: `only_first` where only the first arm's conversation had the
// outcome, `only_second` likewise (together below 2^53). Pairs that agree say nothing about it. Both p values
// are two-sided; without a disagreement they are 1.
struct McNemar {
  double exact_p = 1;  // twice the smaller binomial tail, at most 1
  double mid_p = 1;    // counts half of the observed table's probability in each tail (Fagerland et al. 2013)
};
McNemar mcnemar(std::uint64_t only_first, std::uint64_t only_second);

// Sign-flip permutation test of paired differences (Fisher 1935): two-sided, the statistic is the mean.
struct SignFlip {
  double mean = 0;
  double p_value = 1;
  bool exact = true;              // every assignment of signs was counted
  std::uint64_t assignments = 1;  // counted or drawn, the observed one included
};
// Every assignment is counted where at most kExactSignFlips differences aren't 0; otherwise `draws` of them,
// from `seed`, and p = (as extreme + 1) / (draws + 1), which never is 0 (Phipson & Smyth 2010). kBadInput
// where a difference isn't finite or there is none; kUsage where draws isn't 100 to 10,000,000.
inline constexpr std::uint64_t kExactSignFlips = 20;
base::Result<SignFlip> sign_flip_test(std::span<const double> differences, std::uint64_t seed = 1,
                                      std::uint32_t draws = 100'000);

}  // namespace duologue::measure
