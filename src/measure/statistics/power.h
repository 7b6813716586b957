// How many conversations an experiment needs, and what a given number can show. Pure; any thread. All tests
// are two-sided.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace duologue::measure {

struct PowerTarget {
  double level = 0.05;  // of the test, in (0, 1)
  double power = 0.8;   // chance to find the difference, in (level, 1)
};

// Two rates, compared by Cohen's arcsine difference h = 2 asin sqrt(a) - 2 asin sqrt(b) (Cohen 1988, chapter
// 6): conversations in each arm, rounded up. kUsage where the rates are equal or outside [0, 1], or the
// target can't be.
base::Result<std::uint64_t> conversations_per_arm(double rate_a, double rate_b,
                                                  const PowerTarget& target = {});

// The power of such a comparison with so many conversations in each arm, at least 1.
base::Result<double> power_of_rates(double rate_a, double rate_b, std::uint64_t per_arm, double level = 0.05);

// The log-rank test (Schoenfeld 1983): onsets that have to be seen in both arms together, rounded up.
// `share_in_first` is the first arm's share of the conversations, in (0, 1). kUsage where the ratio is 1, not
// positive, or not finite.
base::Result<std::uint64_t> log_rank_events(double hazard_ratio, double share_in_first = 0.5,
                                            const PowerTarget& target = {});

}  // namespace duologue::measure
