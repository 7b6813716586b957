// A rate and how well it is known. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "measure/statistics/bootstrap.h"
#include "measure/statistics/interval.h"

namespace duologue::measure {

// So many of so many. Of nothing at all there is no rate and no interval: null, never 0.
class Proportion {
 public:
  Proportion() = default;  // 0 of 0
  // kBadInput where there are more successes than trials, or more than 2^53 trials (doubles count no
  // further).
  static base::Result<Proportion> of(std::uint64_t successes, std::uint64_t trials);

  std::uint64_t successes() const { return successes_; }
  std::uint64_t trials() const { return trials_; }
  std::optional<double> rate() const;

 private:
  std::uint64_t successes_ = 0;
  std::uint64_t trials_ = 0;
};

// Wilson's score interval (Wilson 1927, without correction for continuity): the default. Exactly 0 below no
// success and exactly 1 above no failure. Null of no trials.
std::optional<Interval> wilson_interval(const Proportion& proportion, Confidence confidence = {});

// Clopper & Pearson 1934, the "exact" one: never less sure than it says, so wider.
std::optional<Interval> clopper_pearson_interval(const Proportion& proportion, Confidence confidence = {});

struct ClusteredRate {
  std::optional<double> rate;        // of all trials together
  std::optional<Interval> interval;  // null of fewer than two clusters with trials
  std::uint64_t clusters = 0;        // with trials
};

// The rate over trials that come in clusters (repeats of one opening, turns of one conversation), one
// Proportion a cluster; the interval by bootstrap over clusters. Where no trial, or every trial, succeeded,
// resampling can't show any spread: then each cluster counts as one trial of a Wilson interval.
base::Result<ClusteredRate> clustered_rate(std::span<const Proportion> clusters,
                                           const Resampling& resampling = {}, Confidence confidence = {});

}  // namespace duologue::measure
