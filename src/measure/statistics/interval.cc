#include "measure/statistics/interval.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/statistics/distributions.h"

namespace duologue::measure {

base::Result<Confidence> Confidence::of(double level) {
  if (!(level > 0) || !(level < 1)) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("a confidence of {} is none: give a number between 0 and 1, as 0.95", level));
  }
  return Confidence(level);
}

double Confidence::z() const { return -normal_quantile(tail()); }

double quantile_of_sorted(std::span<const double> sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

base::Status check_finite(std::span<const double> values, std::string_view what) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("{}: number {} is {}, which can't be counted with: leave it out", what,
                                  i + 1, values[i]));
  }
  return {};
}

}  // namespace duologue::measure
