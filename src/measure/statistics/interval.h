// What an estimate comes with: an interval, and the confidence that it is made for. Values; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace duologue::measure {

struct Interval {
  double low = 0;
  double high = 0;

  bool operator==(const Interval&) const = default;
};

// A two-sided confidence level, strictly between 0 and 1; 0.95 where nothing else is said.
class Confidence {
 public:
  Confidence() = default;
  static base::Result<Confidence> of(double level);

  double level() const { return level_; }
  double tail() const { return (1.0 - level_) / 2.0; }  // on each side
  double z() const;                                     // normal quantile of 1 - tail: 1.959964 for 0.95

 private:
  explicit Confidence(double level) : level_(level) {}
  double level_ = 0.95;
};

// The quantile of sorted numbers by linear interpolation (type 7 of Hyndman & Fan 1996, as numpy's default).
// `sorted` ascending and not empty, probability in [0, 1].
double quantile_of_sorted(std::span<const double> sorted, double probability);

// kBadInput with the place of the first number that is NaN or infinite. `what` names the numbers.
base::Status check_finite(std::span<const double> values, std::string_view what);

}  // namespace duologue::measure
