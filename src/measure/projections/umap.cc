#include "measure/projections/umap.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <umappp/umappp.hpp>

#include "measure/projections/neighbours.h"
#include "measure/projections/threads.h"

namespace duologue::measure {

namespace {

constexpr std::size_t kNeighbours = 15;

base::Result<std::size_t> choose_neighbours(std::size_t rows, const UmapOptions& options) {
  if (!options.neighbours) return std::min(kNeighbours, rows - 1);
  if (*options.neighbours < 2 || *options.neighbours > kMaxUmapNeighbours) {
    return base::fail(base::ErrorKind::kUsage, fmt::format("UMAP: {} neighbours: give 2 to {}",
                                                           *options.neighbours, kMaxUmapNeighbours));
  }
  if (*options.neighbours >= rows) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("UMAP: {} rows have at most {} neighbours each, not {}", rows, rows - 1,
                                  *options.neighbours));
  }
  return *options.neighbours;
}

}  // namespace

base::Result<Points> umap(const Points& points, const UmapOptions& options) {
  TRY(check_points(points, kLeastUmapRows, kMaxUmapRows, "UMAP"));
  TRY(check_threads(options.threads));
  const bool is_distance = options.least_distance >= 0 && options.least_distance <= 1;  // NaN is none
  if (!is_distance) {
    return base::fail(base::ErrorKind::kUsage,
                      fmt::format("UMAP: a least distance of {}: give 0 to 1", options.least_distance));
  }
  TRY_ASSIGN(const std::size_t count, choose_neighbours(points.rows, options));
  const Points apart = jittered(scaled(points), options.seed);
  NeighbourLists neighbours = nearest_neighbours(apart, count, options.threads);
  umappp::Options chosen;
  chosen.min_dist = options.least_distance;
  chosen.initialize_seed = options.seed;
  chosen.optimize_seed = options.seed + 1;
  chosen.num_threads = options.threads;
  std::vector<float> places(points.rows * 2);
  try {
    auto status = umappp::initialize(std::move(neighbours), 2, places.data(), chosen);
    status.run(places.data());
  } catch (const std::exception& error) {
    return base::fail(base::ErrorKind::kInternal, fmt::format("UMAP: {}", error.what()));
  }
  return Points{points.rows, 2, std::move(places)};
}

}  // namespace duologue::measure
