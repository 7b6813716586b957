// Dot products of many rows with many rows, a tile at a time, and which of them exceed a bound: what
// recurrence matrices and nearest neighbours spend their time in. A tile's products never leave the
// first-level cache. Vectorised for the machine that runs (AVX-512, AVX2, or what the compiler was told):
// between those the last bits of a product may differ, on one machine they never do, however many threads
// share the work.
//
// Accuracy: products are summed in runs of kDotRun terms, in floats. For unit rows of a thousand numbers the
// error stays well under 1e-6.
//
// Values and pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "measure/projections/points.h"

namespace duologue::measure {

inline constexpr std::size_t kDotRun = 128;
// The largest tile of any instruction set: rows by columns.
inline constexpr std::size_t kMaxTileRows = 12;
inline constexpr std::size_t kMaxTileColumns = 32;

struct DotKernel {
  std::size_t rows;     // of a tile: at most kMaxTileRows
  std::size_t columns;  // of a tile: at most kMaxTileColumns, and a divisor of 64
  // products[r * columns + c] = the dot product of queries[r] and the c-th row of the panel (PackedRows).
  void (*tile)(const float* const* queries, const float* panel, std::size_t depth, float* products);
  // Bit c: products[c] > bound. Of one row of a tile.
  std::uint64_t (*above)(const float* products, float bound);
};

const DotKernel& dot_kernel();

// Every one of them that this machine can run, for tests. The last is the one that dot_kernel() gives.
std::vector<DotKernel> all_dot_kernels();

// Rows laid out for the kernel: panels of kernel.columns rows, in which the k-th numbers of all rows lie side
// by side. The last panel is filled up with zeros. Each row is multiplied by its scale, in doubles.
class PackedRows {
 public:
  PackedRows(const Points& points, std::span<const double> scales, std::size_t panel_columns);
  PackedRows(const Points& points, std::span<const double> scales)
      : PackedRows(points, scales, dot_kernel().columns) {}

  std::size_t panels() const { return panels_; }
  const float* panel(std::size_t p) const { return values_.data() + p * depth_ * panel_columns_; }
  std::size_t depth() const { return depth_; }

 private:
  std::size_t depth_;
  std::size_t panel_columns_;
  std::size_t panels_;
  std::vector<float> values_;
};

}  // namespace duologue::measure
