// Symmetric positive definite matrices of a few rows, for the tests and regressions of this folder: row-major
// in a vector. Pure; any thread.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace duologue::measure {

// The lower triangle L with L L' = matrix; null where the matrix isn't positive definite: where a row is, to
// a part in 10^10, a combination of those above.
inline std::optional<std::vector<double>> cholesky(std::span<const double> matrix, std::size_t rows) {
  constexpr double kLeastPivot = 1e-10;
  std::vector<double> lower(rows * rows, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix[i * rows + j];
      for (std::size_t k = 0; k < j; ++k) sum -= lower[i * rows + k] * lower[j * rows + k];
      if (i != j) {
        lower[i * rows + j] = sum / lower[j * rows + j];
      } else if (sum > kLeastPivot * matrix[i * rows + i] && std::isfinite(sum)) {
        lower[i * rows + i] = std::sqrt(sum);
      } else {
        return std::nullopt;
      }
    }
  }
  return lower;
}

// x with L L' x = right.
inline std::vector<double> solve_cholesky(std::span<const double> lower, std::span<const double> right) {
  const std::size_t rows = right.size();
  std::vector<double> x(right.begin(), right.end());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t k = 0; k < i; ++k) x[i] -= lower[i * rows + k] * x[k];
    x[i] /= lower[i * rows + i];
  }
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t k = i + 1; k < rows; ++k) x[i] -= lower[k * rows + i] * x[k];
    x[i] /= lower[i * rows + i];
  }
  return x;
}

inline std::vector<double> inverse_of_cholesky(std::span<const double> lower, std::size_t rows) {
  std::vector<double> inverse(rows * rows);
  std::vector<double> unit(rows, 0.0);
  for (std::size_t column = 0; column < rows; ++column) {
    unit[column] = 1.0;
    const std::vector<double> x = solve_cholesky(lower, unit);
    unit[column] = 0.0;
    for (std::size_t i = 0; i < rows; ++i) inverse[i * rows + column] = x[i];
  }
  return inverse;
}

inline double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace duologue::measure
