// t-SNE: a picture in which near rows stay near. Only for looking at: distances, sizes and gaps in it mean
// nothing, so no statistic is ever computed from its coordinates (measurement.md section 6). It can't project
// later rows: trajectories that are compared are fitted together (`joined`), and shown beside a PCA and
// shuffled turns (`shuffled_turns`; section 7.10).
//
// Source: van der Maaten and Hinton 2008; Barnes-Hut forces, van der Maaten 2014 (qdtsne); started from the
// first two principal components with the learning rate n / 12, Kobak and Berens 2019. Neighbours are exact.
// Equal rows are told apart by noise (`jittered`).
//
// Pure; any thread. The same rows, options and machine give the same coordinates to the bit, whatever the
// number of threads. Errors: kBadInput for rows that aren't finite, too few or too many; kUsage for an option
// out of range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "measure/projections/noise.h"
#include "measure/projections/points.h"

namespace duologue::measure {

inline constexpr std::size_t kLeastTsneRows = 4;
inline constexpr std::size_t kMaxTsneRows = 50'000;
inline constexpr int kMaxTsneIterations = 100'000;

struct TsneOptions {
  // About how many neighbours a row has, at least 1 and at most a third of the other rows. Null: 30, or that
  // third where rows are few.
  std::optional<double> perplexity = std::nullopt;
  int iterations = 750;  // the first 250 of them with attraction exaggerated 12 times
  std::uint64_t seed = kProjectionSeed;
  int threads = 1;
};

// rows x 2, around the origin.
base::Result<Points> tsne(const Points& points, const TsneOptions& options = {});

}  // namespace duologue::measure
