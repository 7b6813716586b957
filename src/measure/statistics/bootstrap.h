// Bootstrap by cluster: whole conversations (or openings) are drawn again, never single turns, since the
// turns of one conversation depend on each other (Davison & Hinkley 1997, section 3.8). Draws are
// counter-based: the same seed gives the same interval on every machine. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/result.h"
#include "measure/statistics/interval.h"

namespace duologue::measure {

struct Resampling {
  std::uint64_t seed = 1;
  std::uint32_t resamples = 2000;  // kLeastResamples to kMostResamples
};
inline constexpr std::uint32_t kLeastResamples = 100;
inline constexpr std::uint32_t kMostResamples = 1'000'000;

struct BootstrapInterval {
  // The percentile interval. Null with fewer than two clusters, whose spread nobody can know, and where more
  // than half of the resamples have no statistic.
  std::optional<Interval> interval;
  std::uint32_t undefined = 0;  // resamples without a statistic (as an AUC without positives): left out
};

// The statistic of a resample, from how often each cluster was drawn. Null where it isn't defined.
using ResampledStatistic = std::function<std::optional<double>(std::span<const std::uint32_t> times_drawn)>;

// kUsage where `resampling.resamples` is outside its limits.
base::Result<BootstrapInterval> bootstrap_by_cluster(std::size_t clusters, const Resampling& resampling,
                                                     Confidence confidence,
                                                     const ResampledStatistic& statistic);

}  // namespace duologue::measure
