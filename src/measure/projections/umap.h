// UMAP: like t-SNE a picture in which near rows stay near, with more of the whole's arrangement kept. The
// same warnings hold: only for looking at, never for statistics, no projecting of later rows
// (measure/projections/tsne.h).
//
// Source: McInnes, Healy and Melville 2018 (umappp); started from the eigenvectors of the neighbours' graph,
// or by lot where that graph falls apart. Neighbours are exact. Equal rows are told apart by noise
// (`jittered`).
//
// Pure; any thread. The same rows, options and machine give the same coordinates to the bit, whatever the
// number of threads: only finding the neighbours and the start use more than one. Errors: kBadInput for rows
// that aren't finite, too few or too many; kUsage for an option out of range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "measure/projections/noise.h"
#include "measure/projections/points.h"

namespace duologue::measure {

inline constexpr std::size_t kLeastUmapRows = 4;
inline constexpr std::size_t kMaxUmapRows = 50'000;
inline constexpr std::size_t kMaxUmapNeighbours = 256;

struct UmapOptions {
  // Of each row, 2 to kMaxUmapNeighbours, fewer than there are rows. Null: 15, or all others where rows are
  // few.
  std::optional<std::size_t> neighbours = std::nullopt;
  double least_distance = 0.1;  // between near rows in the picture, 0 to 1
  std::uint64_t seed = kProjectionSeed;
  int threads = 1;
};

// rows x 2.
base::Result<Points> umap(const Points& points, const UmapOptions& options = {});

}  // namespace duologue::measure
