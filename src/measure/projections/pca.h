// Principal component analysis: the default projection. Fitted once, it projects any later turn; the same
// rows give the same numbers, signs included.
//
// Source: Jolliffe 2002, "Principal Component Analysis". Where rows or columns are at most kExactPca, by the
// eigenvectors of the covariance (or of the rows' products, whichever is smaller); beyond that by IRLBA
// (Baglama and Reichel 2005) with a fixed start, to a residual of 1e-9 of the largest singular value.
//
// A Pca is a value: const use from any thread. Errors: kBadInput for rows that aren't finite, of the wrong
// width or number; kUsage for a number of components out of range; kInternal where IRLBA doesn't settle.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "measure/projections/points.h"

namespace duologue::measure {

inline constexpr std::size_t kMaxPcaRows = 50'000;
inline constexpr std::size_t kMaxPcaComponents = 64;
inline constexpr std::size_t kExactPca = 1'024;

class Pca {
 public:
  // At least 2 rows. Directions beyond those that the rows spread in (fewer rows or columns than components,
  // all rows equal) are zero vectors of variance 0: a plot always has its two coordinates.
  static base::Result<Pca> fit(const Points& points, std::size_t components = 2);

  // rows x components. Rows of the same width as those it was fitted to.
  base::Result<Points> project(const Points& points) const;

  std::size_t components() const { return variance_.size(); }
  std::size_t columns() const { return mean_.size(); }
  // The direction of component i, of length 1. Its sign: the largest number in it is positive (of equals up
  // to 1e-6, the first).
  std::span<const double> direction(std::size_t i) const {
    return std::span(directions_).subspan(i * columns(), columns());
  }
  // Along each component, n - 1 in the denominator; falling.
  std::span<const double> variance() const { return variance_; }
  // The share of component i in the variance of all columns, in [0, 1]. Null where that is 0.
  std::optional<double> explained(std::size_t i) const;

 private:
  std::vector<double> mean_;
  std::vector<double> directions_;  // one after the other
  std::vector<double> variance_;
  double total_variance_ = 0;
};

}  // namespace duologue::measure
