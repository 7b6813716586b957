#include "measure/statistics/rates.h"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "measure/statistics/distributions.h"

namespace duologue::measure {

base::Result<Proportion> Proportion::of(std::uint64_t successes, std::uint64_t trials) {
  if (successes > trials || trials > (std::uint64_t{1} << 53U)) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("{} of {} is no proportion: the successes are counted among the trials, "
                                  "of which there can be 2^53",
                                  successes, trials));
  }
  Proportion proportion;
  proportion.successes_ = successes;
  proportion.trials_ = trials;
  return proportion;
}

std::optional<double> Proportion::rate() const {
  if (trials_ == 0) return std::nullopt;
  return static_cast<double>(successes_) / static_cast<double>(trials_);
}

std::optional<Interval> wilson_interval(const Proportion& proportion, Confidence confidence) {
  const auto rate = proportion.rate();
  if (!rate) return std::nullopt;
  const auto n = static_cast<double>(proportion.trials());
  const double z = confidence.z();
  const double shrink = 1.0 + z * z / n;
  const double middle = (*rate + z * z / (2.0 * n)) / shrink;
  const double half = z / shrink * std::sqrt(*rate * (1.0 - *rate) / n + z * z / (4.0 * n * n));
  Interval interval{middle - half, middle + half};
  if (proportion.successes() == 0) interval.low = 0;
  if (proportion.successes() == proportion.trials()) interval.high = 1;
  return interval;
}

std::optional<Interval> clopper_pearson_interval(const Proportion& proportion, Confidence confidence) {
  if (proportion.trials() == 0) return std::nullopt;
  const auto successes = static_cast<double>(proportion.successes());
  const auto failures = static_cast<double>(proportion.trials() - proportion.successes());
  const double tail = confidence.tail();
  Interval interval{0, 1};
  if (successes > 0) interval.low = beta_quantile(tail, successes, failures + 1.0);
  if (failures > 0) interval.high = beta_quantile(1.0 - tail, successes + 1.0, failures);
  return interval;
}

base::Result<ClusteredRate> clustered_rate(std::span<const Proportion> clusters, const Resampling& resampling,
                                           Confidence confidence) {
  std::vector<Proportion> filled;
  std::uint64_t successes = 0;
  std::uint64_t trials = 0;
  for (const Proportion& cluster : clusters) {
    if (cluster.trials() == 0) continue;
    filled.push_back(cluster);
    successes += cluster.successes();
    trials += cluster.trials();
  }
  TRY_ASSIGN(const Proportion all, Proportion::of(successes, trials));
  ClusteredRate result{all.rate(), std::nullopt, filled.size()};
  const auto rate_of = [&filled](std::span<const std::uint32_t> times_drawn) -> std::optional<double> {
    double drawn_successes = 0;
    double drawn_trials = 0;
    for (std::size_t i = 0; i < filled.size(); ++i) {
      drawn_successes += times_drawn[i] * static_cast<double>(filled[i].successes());
      drawn_trials += times_drawn[i] * static_cast<double>(filled[i].trials());
    }
    return drawn_successes / drawn_trials;
  };
  TRY_ASSIGN(const BootstrapInterval bootstrap,
             bootstrap_by_cluster(filled.size(), resampling, confidence, rate_of));
  result.interval = bootstrap.interval;
  if (filled.size() >= 2 && (successes == 0 || successes == trials)) {
    TRY_ASSIGN(const Proportion whole, Proportion::of(successes == 0 ? 0 : filled.size(), filled.size()));
    result.interval = wilson_interval(whole, confidence);
  }
  return result;
}

}  // namespace duologue::measure
