// Points for tests: normal noise, and clusters. The same numbers on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "measure/projections/points.h"
#include "measure/testing/talk.h"

namespace duologue::measure::testing {

class NormalNumbers {
 public:
  explicit NormalNumbers(std::uint64_t seed) : random_(seed) {}
  double next() {
    constexpr std::uint32_t kSteps = 1U << 30U;
    const double u = (random_.below(kSteps) + 0.5) / kSteps;
    const double v = (random_.below(kSteps) + 0.5) / kSteps;
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
  }

 private:
  Lcg random_;
};

inline Points normal_points(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  NormalNumbers normal(seed);
  Points points = make_points(rows, columns);
  for (float& value : points.values) value = static_cast<float>(normal.next());
  return points;
}

// Row i belongs to cluster i % clusters. Centres are `apart` times as far from the origin as the rows from
// them.
inline Points clustered_points(std::size_t rows, std::size_t columns, std::size_t clusters, double apart,
                               std::uint64_t seed) {
  const Points centres = normal_points(clusters, columns, seed);
  Points points = normal_points(rows, columns, seed + 1);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < columns; ++k) {
      points.row(i)[k] += static_cast<float>(apart) * centres.row(i % clusters)[k];
    }
  }
  return points;
}

inline double cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const auto x = static_cast<double>(a[k]);
    const auto y = static_cast<double>(b[k]);
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? dot / std::sqrt(aa * bb) : 0;
}

inline double distance(std::span<const float> a, std::span<const float> b) {
  double square = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double difference = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    square += difference * difference;
  }
  return std::sqrt(square);
}

}  // namespace duologue::measure::testing
