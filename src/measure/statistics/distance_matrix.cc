#include "measure/statistics/distance_matrix.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace duologue::measure {

namespace {

// Side by side sums, which the compiler turns into vectors; one sum after the other may not be reordered.
template <typename Term>
double sum_of(std::span<const float> a, std::span<const float> b, Term term) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= a.size(); i += sums.size()) {
    for (std::size_t k = 0; k < sums.size(); ++k) {
      sums[k] += term(static_cast<double>(a[i + k]), static_cast<double>(b[i + k]));
    }
  }
  double total = 0;
  for (; i < a.size(); ++i) total += term(static_cast<double>(a[i]), static_cast<double>(b[i]));
  for (const double sum : sums) total += sum;
  return total;
}

double dot_of(std::span<const float> a, std::span<const float> b) {
  return sum_of(a, b, [](double x, double y) { return x * y; });
}

base::Status check_items(std::size_t items) {
  if (items <= kMostItems) return {};
  return base::fail(base::ErrorKind::kBadInput,
                    fmt::format("{} items to cluster: at most {}, take a sample", items, kMostItems));
}

}  // namespace

base::Result<DistanceMatrix> DistanceMatrix::of_rows(std::span<const float> rows, std::size_t columns,
                                                     DistanceMetric metric) {
  if (columns == 0 || rows.size() % columns != 0) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("{} numbers don't fill rows of {}", rows.size(), columns));
  }
  const std::size_t items = rows.size() / columns;
  TRY(check_items(items));
  const auto row = [&](std::size_t i) { return rows.subspan(i * columns, columns); };
  std::vector<double> lengths;
  for (std::size_t i = 0; i < items; ++i) {
    lengths.push_back(std::sqrt(dot_of(row(i), row(i))));
    if (std::isfinite(lengths[i]) && (lengths[i] > 0 || metric == DistanceMetric::kEuclidean)) continue;
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("row {} has the length {}: such a vector has no {}, leave it out", i + 1,
                                  lengths[i], metric == DistanceMetric::kCosine ? "direction" : "place"));
  }
  constexpr double kRounding = 1e-12;
  DistanceMatrix matrix(items);
  std::size_t next = 0;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      double distance = 0;
      if (metric == DistanceMetric::kCosine) {
        distance = 1.0 - dot_of(row(i), row(j)) / (lengths[i] * lengths[j]);
        if (distance < kRounding) distance = 0;
      } else {
        distance = std::sqrt(sum_of(row(i), row(j), [](double x, double y) { return (x - y) * (x - y); }));
      }
      matrix.pairs_[next++] = distance;
    }
  }
  return matrix;
}

base::Result<DistanceMatrix> DistanceMatrix::of_square(std::span<const double> square, std::size_t items) {
  TRY(check_items(items));
  if (square.size() != items * items) {
    return base::fail(base::ErrorKind::kBadInput, fmt::format("{} distances for {} items: there must be {}",
                                                              square.size(), items, items * items));
  }
  DistanceMatrix matrix(items);
  std::size_t next = 0;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i; j < items; ++j) {
      const double distance = square[i * items + j];
      if (!(distance >= 0) || std::isinf(distance) || square[j * items + i] != distance ||
          (i == j && distance != 0)) {
        return base::fail(
            base::ErrorKind::kBadInput,
            fmt::format("the distance between items {} and {} is {} one way and {} the other: both must "
                        "be the same, not negative, and 0 to itself",
                        i + 1, j + 1, distance, square[j * items + i]));
      }
      if (i != j) matrix.pairs_[next++] = distance;
    }
  }
  return matrix;
}

}  // namespace duologue::measure
