// The distances between all pairs of some items, such as the end states of conversations: each pair once, 8
// bytes, so 8,192 items take 268 MB. Immutable after it is made: any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"

namespace duologue::measure {

inline constexpr std::size_t kMostItems = 8192;

enum class DistanceMetric {
  kEuclidean,
  kCosine,  // 1 - cosine; under 1e-12, which is rounding, it is 0
};

class DistanceMatrix {
 public:
  // Of vectors, one a row. kBadInput where a number isn't finite, the numbers don't fill the rows, a row is
  // all zero (cosine), or there are more than kMostItems rows.
  static base::Result<DistanceMatrix> of_rows(std::span<const float> rows, std::size_t columns,
                                              DistanceMetric metric);
  // Of a square matrix, row by row. kBadInput where it isn't symmetric with zeros on the diagonal, or a
  // distance is negative or not finite.
  static base::Result<DistanceMatrix> of_square(std::span<const double> square, std::size_t items);

  std::size_t items() const { return items_; }
  double at(std::size_t i, std::size_t j) const {
    if (i == j) return 0;
    return i < j ? pairs_[place(i, j)] : pairs_[place(j, i)];
  }
  // Changing one pair, for clusterings that work in place.
  void set(std::size_t i, std::size_t j, double distance) {
    (i < j ? pairs_[place(i, j)] : pairs_[place(j, i)]) = distance;
  }

 private:
  explicit DistanceMatrix(std::size_t items)
      : items_(items), pairs_(items < 2 ? 0 : items * (items - 1) / 2) {}
  // Row by row above the diagonal, i < j.
  std::size_t place(std::size_t i, std::size_t j) const { return i * (2 * items_ - i - 1) / 2 + j - i - 1; }

  std::size_t items_ = 0;
  std::vector<double> pairs_;
};

}  // namespace duologue::measure
