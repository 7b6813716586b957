// Where a series changes its level: as it comes (CUSUM, Bayesian online change points) and afterwards (PELT).
// None of these knows turns; a caller says what number 0 of a series is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"

namespace duologue::measure {

// One-sided cumulative sum for a fall (Page 1954): S = max(0, S + mean - x - slack). A null value leaves S as
// it is. Constant cost and memory. A value; one thread.
class Cusum {
 public:
  // `mean`: the level before, `slack`: how far below it a value may lie without being counted.
  Cusum(double mean, double slack) : mean_(mean), slack_(slack) {}
  // The mean is that of the values at places `first` to `last`, counted from 1: turns 3 to 10 by default. S
  // begins after `last`, and never where none of them is a number.
  static Cusum learning(double slack, std::uint32_t first = 3, std::uint32_t last = 10);

  // S after the next value. Null while the mean is being learnt, and where the value is null or not finite.
  std::optional<double> add(std::optional<double> value);

  // Place, from 1, of the first value since S was last 0: an estimate of where the fall began. Null where S
  // is 0.
  std::optional<std::uint32_t> rising_since() const { return rising_since_; }
  std::optional<double> mean() const { return mean_; }

 private:
  std::optional<double> mean_;
  double slack_;
  std::uint32_t first_ = 0;
  std::uint32_t last_ = 0;
  std::uint32_t place_ = 0;  // of the last value
  std::uint32_t learnt_ = 0;
  double learnt_mean_ = 0;
  double sum_ = 0;
  std::optional<std::uint32_t> rising_since_;
};

// Bayesian online change points (Adams & MacKay 2007) of a normal level with unknown mean and variance:
// normal-gamma prior, so that a value is predicted by a Student t; constant hazard. Of the run lengths with a
// probability above 1e-9 at most kMostRuns are kept, the likeliest: cost and memory don't grow with the
// series. A value; one thread.
struct OnlineChangeSettings {
  double hazard = 25;  // expected values between changes, above 1
  double mean = 0;     // prior of the level
  double kappa = 1;    // values that the prior of the mean counts for, above 0
  double alpha = 0.1;  // prior of the precision, gamma(alpha, beta), both above 0
  double beta = 0.01;
};

class OnlineChange {
 public:
  static constexpr std::size_t kMostRuns = 512;
  static constexpr double kMostMagnitude = 1e100;  // of a value and of the prior's mean: squares stay finite

  // kUsage where a setting is outside its range.
  static base::Result<OnlineChange> make(const OnlineChangeSettings& settings = {});

  struct RunLength {
    std::uint32_t length = 0;  // values since the last change
    double probability = 1;
  };
  // The likeliest run length after the next value, the longer of two equal ones. kBadInput beyond
  // kMostMagnitude.
  base::Result<RunLength> add(double value);

  // P(run length < `length`): how sure it is that the series changed within the last `length` values.
  double probability_below(std::uint32_t length) const;

 private:
  explicit OnlineChange(const OnlineChangeSettings& settings);

  struct Run {
    std::uint32_t length = 0;
    double probability = 1;
    double mean = 0;
    double beta = 0;
  };
  double log_predictive(const Run& run, double value);
  double log_gamma_ratio(std::uint32_t length);
  void keep_likely();

  OnlineChangeSettings settings_;
  std::vector<Run> runs_;  // by length, the shortest first
  // By length, as far as asked for: log gamma(alpha + 1/2) - log gamma(alpha) of such a run's alpha.
  std::vector<double> log_gamma_ratios_;
};

// The best segmentation of a whole series by levels.
struct Segmentation {
  std::vector<std::size_t> ends;  // one past each segment, ascending; the last is the length of the series
  double cost = 0;                // sum of the segments' squared distances from their means, no penalty
};

inline constexpr std::size_t kMostPeltValues = 200'000;

// PELT (Killick, Fearnhead & Eckley 2012) with L2 cost: the exact minimum of cost + penalty x number of
// changes, in O(n) memory; the time is O(n) where changes keep coming, O(n^2) without any. No segment is
// shorter than `min_length`, but a whole series that is. Pure; any thread. kBadInput where a value isn't
// finite or there are more than kMostPeltValues; kUsage where the penalty is negative or not finite, or
// min_length is 0.
base::Result<Segmentation> pelt_l2(std::span<const double> values, double penalty,
                                   std::size_t min_length = 1);

// 2 s^2 ln n: the penalty for normal noise (Schwarz). s from the median absolute difference of neighbours,
// which changes of level hardly move; where at least half the neighbours are equal, from the mean square of
// the differences. 0 for a constant series and for fewer than two values, which no penalty is needed for.
double schwarz_penalty(std::span<const double> values);

// Squared distances from the mean, summed; 0 of nothing.
double l2_cost(std::span<const double> values);

}  // namespace duologue::measure
