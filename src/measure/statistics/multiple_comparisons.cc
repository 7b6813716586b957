#include "measure/statistics/multiple_comparisons.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace duologue::measure {

namespace {

// The places of the p values, smallest p first.
base::Result<std::vector<std::size_t>> ascending(std::span<const double> p_values) {
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (p_values[i] >= 0 && p_values[i] <= 1) continue;
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("p value {} is {}: it must lie between 0 and 1", i + 1, p_values[i]));
  }
  std::vector<std::size_t> order(p_values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  return order;
}

}  // namespace

base::Result<std::vector<double>> holm(std::span<const double> p_values) {
  TRY_ASSIGN(const std::vector<std::size_t> order, ascending(p_values));
  std::vector<double> adjusted(p_values.size());
  double greatest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto still_open = static_cast<double>(order.size() - rank);
    greatest = std::max(greatest, std::min(1.0, p_values[order[rank]] * still_open));
    adjusted[order[rank]] = greatest;
  }
  return adjusted;
}

base::Result<std::vector<double>> benjamini_hochberg(std::span<const double> p_values) {
  TRY_ASSIGN(const std::vector<std::size_t> order, ascending(p_values));
  std::vector<double> adjusted(p_values.size());
  double least = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    const double factor = static_cast<double>(order.size()) / static_cast<double>(rank);
    least = std::min(least, p_values[order[rank - 1]] * factor);
    adjusted[order[rank - 1]] = least;
  }
  return adjusted;
}

}  // namespace duologue::measure
