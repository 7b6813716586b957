// Points: a matrix of floats, one row for each thing measured (a turn's embedding, a conversation's end), all
// rows of one width. What projections and recurrence work on. A plain value; the functions are pure, any
// thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::measure {

struct Points {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  // row after row: rows * columns of them

  std::span<const float> row(std::size_t i) const { return std::span(values).subspan(i * columns, columns); }
  std::span<float> row(std::size_t i) { return std::span(values).subspan(i * columns, columns); }
};

inline constexpr std::size_t kMaxPointColumns = 16'384;
inline constexpr std::size_t kMaxPointValues = std::size_t{1} << 28U;  // 1 GiB of floats

// All zeros.
Points make_points(std::size_t rows, std::size_t columns);

// Rows of unequal width are an error that names the first of them.
base::Result<Points> points_of(std::span<const std::vector<float>> rows);

// One under the other, for one fit of several trajectories (measurement.md section 7.10). Parts without rows
// add nothing; parts of unequal width are an error.
base::Result<Points> joined(std::span<const Points> parts);

// All numbers times one power of two, so that the largest has a size in [0.5, 1): squares of what embedders
// give neither overflow nor vanish, and what depends on ratios of distances stays as it was. Zeros stay.
Points scaled(const Points& points);

// What every user of points asks first: the number of rows is within bounds, the sizes within the limits
// above, and every number is finite; the error names `what` couldn't be done, and the row and column at
// fault.
base::Status check_points(const Points& points, std::size_t least_rows, std::size_t most_rows,
                          std::string_view what);

}  // namespace duologue::measure
