#include "measure/statistics/power.h"

#include <cmath>

#include <fmt/format.h>

#include "measure/statistics/distributions.h"

namespace duologue::measure {

namespace {

constexpr double kMostUnits = 1e15;  // beyond, no experiment is meant

base::Status check_target(const PowerTarget& target) {
  if (target.level > 0 && target.level < 1 && target.power > target.level && target.power < 1) return {};
  return base::fail(
      base::ErrorKind::kUsage,
      fmt::format("power {} at level {}: the level lies between 0 and 1, the power between the level "
                  "and 1",
                  target.power, target.level));
}

base::Result<double> arcsine_difference(double rate_a, double rate_b) {
  const auto is_rate = [](double rate) { return rate >= 0 && rate <= 1; };
  if (!is_rate(rate_a) || !is_rate(rate_b)) {
    return base::fail(base::ErrorKind::kUsage,
                      fmt::format("rates {} and {}: both lie between 0 and 1", rate_a, rate_b));
  }
  return 2.0 * (std::asin(std::sqrt(rate_a)) - std::asin(std::sqrt(rate_b)));
}

// (z of the level + z of the power) squared.
double needed(const PowerTarget& target) {
  const double z = normal_quantile(1.0 - target.level / 2.0) + normal_quantile(target.power);
  return z * z;
}

base::Result<std::uint64_t> round_up(double units) {
  if (units < kMostUnits) return static_cast<std::uint64_t>(std::ceil(units));
  return base::fail(
      base::ErrorKind::kUsage,
      fmt::format("a difference this small would need {:.3g} units: ask for a larger one", units));
}

}  // namespace

base::Result<std::uint64_t> conversations_per_arm(double rate_a, double rate_b, const PowerTarget& target) {
  TRY(check_target(target));
  TRY_ASSIGN(const double difference, arcsine_difference(rate_a, rate_b));
  return round_up(2.0 * needed(target) / (difference * difference));
}

base::Result<double> power_of_rates(double rate_a, double rate_b, std::uint64_t per_arm, double level) {
  TRY(check_target({level, (1.0 + level) / 2.0}));
  TRY_ASSIGN(const double difference, arcsine_difference(rate_a, rate_b));
  if (per_arm == 0)
    return base::fail(base::ErrorKind::kUsage, "an arm without conversations has no power: give 1 or more");
  const double shift = std::abs(difference) * std::sqrt(static_cast<double>(per_arm) / 2.0);
  const double critical = normal_quantile(1.0 - level / 2.0);
  return normal_cdf(shift - critical) + normal_cdf(-shift - critical);
}

base::Result<std::uint64_t> log_rank_events(double hazard_ratio, double share_in_first,
                                            const PowerTarget& target) {
  TRY(check_target(target));
  if (!(hazard_ratio > 0) || std::isinf(hazard_ratio) || !(share_in_first > 0) || !(share_in_first < 1)) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("hazard ratio {} with a share of {} in the first arm: the ratio is above 0, the "
                    "share between 0 and 1",
                    hazard_ratio, share_in_first));
  }
  const double log_ratio = std::log(hazard_ratio);
  return round_up(needed(target) / (share_in_first * (1.0 - share_in_first) * log_ratio * log_ratio));
}

}  // namespace duologue::measure
