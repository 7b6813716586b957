// Average linkage (UPGMA; Sokal & Michener 1958): the two clusters whose items are on average nearest are
// merged, again and again. Exact, by the nearest-neighbour chain (Murtagh 1983): O(n^2) time, one copy of the
// distances. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "measure/statistics/dendrogram.h"
#include "measure/statistics/distance_matrix.h"

namespace duologue::measure {

// One merge fewer than items, by height. Empty for fewer than two items.
std::vector<Merge> average_linkage(DistanceMatrix distances);

// Clusters whose items merged at `height` or below. The items of `merges` are one more than the merges.
std::vector<std::uint32_t> clusters_at_height(std::span<const Merge> merges, double height);

// So many clusters, or as many as there are items.
std::vector<std::uint32_t> clusters_of_count(std::span<const Merge> merges, std::size_t count);

}  // namespace duologue::measure
