#include "measure/statistics/basins.h"

#include <cmath>
#include <unordered_map>

namespace duologue::measure {

BasinCounts count_basins(std::span<const std::uint64_t> sizes) {
  BasinCounts counts;
  for (const std::uint64_t size : sizes) {
    counts.conversations += size;
    counts.basins += size > 0 ? 1 : 0;
    counts.once += size == 1 ? 1 : 0;
    counts.twice += size == 2 ? 1 : 0;
  }
  if (counts.conversations == 0) return counts;
  const auto all = static_cast<double>(counts.conversations);
  double entropy = 0;
  for (const std::uint64_t size : sizes) {
    if (size > 0) entropy += static_cast<double>(size) / all * std::log(all / static_cast<double>(size));
  }
  counts.entropy = entropy;
  counts.effective_basins = std::exp(entropy);
  const auto once = static_cast<double>(counts.once);
  counts.coverage = 1.0 - once / all;
  counts.chao1 = static_cast<double>(counts.basins) +
                 once * (once - 1.0) / (2.0 * (static_cast<double>(counts.twice) + 1.0));
  return counts;
}

BasinCounts count_basins(std::span<const std::optional<std::uint32_t>> clusters) {
  std::unordered_map<std::uint32_t, std::size_t> places;
  std::vector<std::uint64_t> sizes;
  for (const auto& cluster : clusters) {
    if (!cluster) {
      sizes.push_back(1);
      continue;
    }
    const auto [place, is_new] = places.emplace(*cluster, sizes.size());
    if (is_new) sizes.push_back(0);
    ++sizes[place->second];
  }
  return count_basins(std::span<const std::uint64_t>(sizes));
}

}  // namespace duologue::measure
