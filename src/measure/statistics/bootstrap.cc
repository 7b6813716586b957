#include "measure/statistics/bootstrap.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/rng.h"

namespace duologue::measure {

base::Result<BootstrapInterval> bootstrap_by_cluster(std::size_t clusters, const Resampling& resampling,
                                                     Confidence confidence,
                                                     const ResampledStatistic& statistic) {
  if (resampling.resamples < kLeastResamples || resampling.resamples > kMostResamples) {
    return base::fail(base::ErrorKind::kUsage,
                      fmt::format("{} resamples are too few or too many: take {} to {}", resampling.resamples,
                                  kLeastResamples, kMostResamples));
  }
  BootstrapInterval result;
  if (clusters < 2) return result;
  std::vector<std::uint32_t> times_drawn(clusters);
  std::vector<double> values;
  values.reserve(resampling.resamples);
  base::RngKey key{resampling.seed, 0, 0, base::RngStream::kBootstrap};
  for (key.trial = 0; key.trial < resampling.resamples; ++key.trial) {
    std::ranges::fill(times_drawn, 0U);
    for (std::size_t draw = 0; draw < clusters; ++draw) {
      const double uniform = base::random_uniform(key, static_cast<std::uint32_t>(draw));
      ++times_drawn[static_cast<std::size_t>(uniform * static_cast<double>(clusters))];
    }
    if (const auto value = statistic(times_drawn)) {
      values.push_back(*value);
    } else {
      ++result.undefined;
    }
  }
  if (values.size() < (resampling.resamples + 1) / 2) return result;
  std::ranges::sort(values);
  result.interval = Interval{quantile_of_sorted(values, confidence.tail()),
                             quantile_of_sorted(values, 1.0 - confidence.tail())};
  return result;
}

}  // namespace duologue::measure
