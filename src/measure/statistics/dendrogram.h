// A tree of merges, from single items to one cluster: what average linkage and HDBSCAN both grow. Values and
// pure functions; any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace duologue::measure {

// Of n items: 0 to n - 1 are the items, n + k is what merge k made (as scipy.cluster.hierarchy counts).
struct Merge {
  std::size_t left = 0;  // left < right
  std::size_t right = 0;
  double height = 0;
  std::size_t size = 0;  // items below it
};

// The merges of pairs of items (any item of the one cluster with any of the other), by height, equal heights
// in the order given.
struct PairMerge {
  std::size_t first = 0;
  std::size_t second = 0;
  double height = 0;
};

inline std::vector<Merge> grow_dendrogram(std::vector<PairMerge> pairs) {
  std::ranges::stable_sort(pairs, {}, &PairMerge::height);
  const std::size_t items = pairs.size() + 1;
  std::vector<std::size_t> above(items + pairs.size());
  for (std::size_t node = 0; node < above.size(); ++node) above[node] = node;
  const auto top_of = [&above](std::size_t node) {
    while (above[node] != node) {
      above[node] = above[above[node]];
      node = above[node];
    }
    return node;
  };
  std::vector<Merge> merges;
  const auto size_of = [&](std::size_t node) { return node < items ? 1 : merges[node - items].size; };
  for (const PairMerge& pair : pairs) {
    const std::size_t a = top_of(pair.first);
    const std::size_t b = top_of(pair.second);
    above[a] = above[b] = items + merges.size();
    merges.push_back({std::min(a, b), std::max(a, b), pair.height, size_of(a) + size_of(b)});
  }
  return merges;
}

// The cluster of each item, numbered from 0 by first members, after the first `count` merges.
inline std::vector<std::uint32_t> clusters_after(std::span<const Merge> merges, std::size_t count) {
  const std::size_t items = merges.size() + 1;
  std::vector<std::size_t> above(items + count);
  for (std::size_t node = 0; node < above.size(); ++node) above[node] = node;
  for (std::size_t k = 0; k < count; ++k) above[merges[k].left] = above[merges[k].right] = items + k;
  for (std::size_t node = above.size(); node-- > 0;) above[node] = above[above[node]];
  constexpr auto kUnnamed = static_cast<std::uint32_t>(-1);
  std::vector<std::uint32_t> names(above.size(), kUnnamed);
  std::vector<std::uint32_t> clusters;
  std::uint32_t next = 0;
  for (std::size_t item = 0; item < items; ++item) {
    std::uint32_t& name = names[above[item]];
    if (name == kUnnamed) name = next++;
    clusters.push_back(name);
  }
  return clusters;
}

}  // namespace duologue::measure
