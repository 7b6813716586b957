// Exact nearest neighbours by Euclidean distance, all rows against all rows: what t-SNE and UMAP start from.
// The rows are many-dimensional, where search trees save nothing, so all distances are computed, on the
// dot-product kernel: 10,000 rows of 50 take a tenth of a second a core.
//
// Pure; any thread. The result doesn't depend on the number of threads. Which of two rows counts as nearer
// may depend on the machine where their distances differ by less than about 1e-6 of the rows' own size.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "measure/projections/points.h"

namespace duologue::measure {

// Row i's neighbours: (row, distance), nearest first, equal distances in the order of rows, never i itself.
using NeighbourLists = std::vector<std::vector<std::pair<int, float>>>;

// `count` neighbours of each row; count < points.rows, points passed check_points, and the numbers' squares
// are floats (`scaled`).
NeighbourLists nearest_neighbours(const Points& points, std::size_t count, int threads);

}  // namespace duologue::measure
