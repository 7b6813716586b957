#include "measure/projections/points.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace duologue::measure {

Points make_points(std::size_t rows, std::size_t columns) {
  return {rows, columns, std::vector<float>(rows * columns)};
}

base::Result<Points> points_of(std::span<const std::vector<float>> rows) {
  if (rows.empty()) return Points{};
  const std::size_t columns = rows.front().size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() == columns) continue;
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("row {} has {} numbers, row 1 has {}: all rows must come from one embedder",
                                  i + 1, rows[i].size(), columns));
  }
  Points points = make_points(rows.size(), columns);
  for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], points.row(i).begin());
  return points;
}

base::Result<Points> joined(std::span<const Points> parts) {
  Points all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Points& part = parts[i];
    if (part.rows == 0) continue;
    if (all.rows == 0) all.columns = part.columns;
    if (part.columns != all.columns) {
      return base::fail(
          base::ErrorKind::kBadInput,
          fmt::format("part {} has rows of {} numbers, those before it of {}: what is projected "
                      "together must come from one embedder",
                      i + 1, part.columns, all.columns));
    }
    all.rows += part.rows;
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
  }
  return all;
}

Points scaled(const Points& points) {
  double largest = 0;
  for (const float value : points.values) largest = std::max(largest, std::abs(static_cast<double>(value)));
  int exponent = 0;
  if (largest > 0) std::frexp(largest, &exponent);
  Points made = points;
  for (float& value : made.values) {
    value = static_cast<float>(std::ldexp(static_cast<double>(value), -exponent));
  }
  return made;
}

base::Status check_points(const Points& points, std::size_t least_rows, std::size_t most_rows,
                          std::string_view what) {
  const auto refuse = [&](const std::string& why) {
    return base::fail(base::ErrorKind::kBadInput, fmt::format("{}: {}", what, why));
  };
  if (points.values.size() != points.rows * points.columns) {
    return refuse(
        fmt::format("{} numbers aren't {} rows of {}", points.values.size(), points.rows, points.columns));
  }
  if (points.rows < least_rows) {
    return refuse(fmt::format("{} rows are too few, it needs at least {}", points.rows, least_rows));
  }
  if (points.rows > most_rows) {
    return refuse(
        fmt::format("{} rows are too many, it takes at most {}: leave some out", points.rows, most_rows));
  }
  if (points.rows == 0) return {};
  if (points.columns == 0 || points.columns > kMaxPointColumns) {
    return refuse(fmt::format("rows of {} numbers, it takes 1 to {}", points.columns, kMaxPointColumns));
  }
  if (points.values.size() > kMaxPointValues) {
    return refuse(fmt::format("{} rows of {} are more than {} numbers: leave some rows out", points.rows,
                              points.columns, kMaxPointValues));
  }
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    if (std::isfinite(points.values[i])) continue;
    return refuse(fmt::format("the number in row {}, column {} is {}: leave that row out",
                              i / points.columns + 1, i % points.columns + 1, points.values[i]));
  }
  return {};
}

}  // namespace duologue::measure
