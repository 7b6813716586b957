#include "measure/projections/tsne.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <qdtsne/qdtsne.hpp>

#include "measure/projections/neighbours.h"
#include "measure/projections/pca.h"
#include "measure/projections/threads.h"

namespace duologue::measure {

namespace {

constexpr double kPerplexity = 30;
constexpr double kNeighboursPerPerplexity = 3;
constexpr int kExaggerated = 250;
constexpr double kExaggeration = 12;
constexpr double kLeastRate = 200;
constexpr double kStartSpread = 1e-4;
// Noise in the start, of its spread: rows on one line would stay on it for ever.
constexpr double kStartNoise = 1e-2;
constexpr std::uint32_t kStartUse = 2;

base::Result<double> choose_perplexity(std::size_t rows, const TsneOptions& options) {
  const double most = static_cast<double>(rows - 1) / kNeighboursPerPerplexity;
  if (!options.perplexity) return std::min(kPerplexity, most);
  if (!(*options.perplexity >= 1)) {
    return base::fail(base::ErrorKind::kUsage,
                      fmt::format("t-SNE: a perplexity of {} is below 1", *options.perplexity));
  }
  if (*options.perplexity > most) {
    return base::fail(
        base::ErrorKind::kBadInput,
        fmt::format("t-SNE: {} rows allow a perplexity of at most {:.1f} (a third of the others), "
                    "not {}",
                    rows, most, *options.perplexity));
  }
  return *options.perplexity;
}

// The first two principal components, scaled down to a spread of 1e-4 along the first.
base::Result<std::vector<float>> start_of(const Points& points, std::uint64_t seed) {
  TRY_ASSIGN(const Pca pca, Pca::fit(points, 2));
  TRY_ASSIGN(const Points projected, pca.project(points));
  const double spread = std::sqrt(pca.variance()[0]);
  const double scale = spread > 0 ? kStartSpread / spread : 0;
  Normal normal(seed, kStartUse);
  std::vector<float> start;
  start.reserve(projected.values.size());
  for (const float value : projected.values) {
    const double moved = scale * static_cast<double>(value) + kStartSpread * kStartNoise * normal.next();
    start.push_back(static_cast<float>(moved));
  }
  return start;
}

qdtsne::Options library_options(std::size_t rows, double perplexity, const TsneOptions& options) {
  qdtsne::Options chosen;
  chosen.perplexity = perplexity;
  chosen.infer_perplexity = false;
  chosen.max_iterations = options.iterations;
  chosen.early_exaggeration_iterations = kExaggerated;
  chosen.exaggeration_factor = kExaggeration;
  chosen.momentum_switch_iterations = kExaggerated;
  chosen.eta = std::max(kLeastRate, static_cast<double>(rows) / kExaggeration);
  chosen.num_threads = options.threads;
  return chosen;
}

}  // namespace

base::Result<Points> tsne(const Points& points, const TsneOptions& options) {
  TRY(check_points(points, kLeastTsneRows, kMaxTsneRows, "t-SNE"));
  TRY(check_threads(options.threads));
  if (options.iterations < 1 || options.iterations > kMaxTsneIterations) {
    return base::fail(base::ErrorKind::kUsage, fmt::format("t-SNE: {} iterations: give 1 to {}",
                                                           options.iterations, kMaxTsneIterations));
  }
  TRY_ASSIGN(const double perplexity, choose_perplexity(points.rows, options));
  const Points apart = jittered(scaled(points), options.seed);
  TRY_ASSIGN(std::vector<float> places, start_of(apart, options.seed));
  const auto wanted = static_cast<std::size_t>(std::ceil(perplexity * kNeighboursPerPerplexity));
  NeighbourLists neighbours = nearest_neighbours(apart, std::min(wanted, points.rows - 1), options.threads);
  try {
    auto status =
        qdtsne::initialize<2>(std::move(neighbours), library_options(points.rows, perplexity, options));
    status.run(places.data());
  } catch (const std::exception& error) {
    return base::fail(base::ErrorKind::kInternal, fmt::format("t-SNE: {}", error.what()));
  }
  return Points{points.rows, 2, std::move(places)};
}

}  // namespace duologue::measure
