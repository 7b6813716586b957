#include "measure/projections/pca.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <string>

#include <Eigen/Dense>
#include <fmt/format.h>
#include <irlba/irlba.hpp>

namespace duologue::measure {

namespace {

using Vector = Eigen::VectorXd;
using Doubles = Eigen::MatrixXd;  // not Matrix: irlba::Matrix has that name inside CentredRows
using Rows = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

constexpr Eigen::Index kBlockRows = 256;  // that are turned into doubles at a time
constexpr double kResidual = 1e-9;
constexpr double kSameSize = 1e-6;
// A direction of less than this share of the largest variance holds nothing but rounding.
constexpr double kNoVariance = 1e-12;

struct Decomposition {
  Doubles directions;  // columns x found
  Vector variance;     // found, falling
};

Rows rows_of(const Points& points) {
  return {points.values.data(), static_cast<Eigen::Index>(points.rows),
          static_cast<Eigen::Index>(points.columns)};
}

Doubles centred(const Rows& rows, const Vector& mean, Eigen::Index first, Eigen::Index count) {
  return rows.middleRows(first, count).cast<double>().rowwise() - mean.transpose();
}

// The covariance matrix, a block of rows at a time.
Doubles covariance(const Rows& rows, const Vector& mean) {
  Doubles sum = Doubles::Zero(rows.cols(), rows.cols());
  for (Eigen::Index first = 0; first < rows.rows(); first += kBlockRows) {
    const Doubles block = centred(rows, mean, first, std::min(kBlockRows, rows.rows() - first));
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  }
  return sum / static_cast<double>(rows.rows() - 1);
}

Decomposition largest(const Doubles& symmetric, Eigen::Index count) {
  const Eigen::SelfAdjointEigenSolver<Doubles> solver(symmetric);  // reads the lower triangle; rising order
  return {solver.eigenvectors().rightCols(count).rowwise().reverse(),
          solver.eigenvalues().tail(count).reverse()};
}

Decomposition by_columns(const Rows& rows, const Vector& mean, Eigen::Index count) {
  return largest(covariance(rows, mean), count);
}

// Of the products of the rows with each other: eigenvectors u of X X' give directions X' u.
Decomposition by_rows(const Rows& rows, const Vector& mean, Eigen::Index count) {
  const Doubles all = centred(rows, mean, 0, rows.rows());
  Doubles products = Doubles::Zero(rows.rows(), rows.rows());
  products.selfadjointView<Eigen::Lower>().rankUpdate(all, 1.0 / static_cast<double>(rows.rows() - 1));
  Decomposition found = largest(products, count);
  found.directions = all.transpose() * found.directions;
  for (Eigen::Index i = 0; i < count; ++i) {
    const double length = found.directions.col(i).norm();
    if (length > 0) found.directions.col(i) /= length;
  }
  return found;
}

// The centred rows as IRLBA wants them, without a copy of them in doubles.
class CentredRows final : public irlba::Matrix<Vector, Doubles> {
 public:
  CentredRows(const Rows& rows, const Vector& mean) : rows_(rows), mean_(mean) {}

  Eigen::Index rows() const override { return rows_.rows(); }
  Eigen::Index cols() const override { return rows_.cols(); }
  std::unique_ptr<irlba::Workspace<Vector>> new_workspace() const override {
    return std::make_unique<Product>(*this);
  }
  std::unique_ptr<irlba::AdjointWorkspace<Vector>> new_adjoint_workspace() const override {
    return std::make_unique<AdjointProduct>(*this);
  }
  std::unique_ptr<irlba::RealizeWorkspace<Doubles>> new_realize_workspace() const override {
    return std::make_unique<Whole>(*this);
  }

 private:
  struct Product final : irlba::Workspace<Vector> {
    explicit Product(const CentredRows& of) : of_(of) {}
    void multiply(const Vector& right, Vector& output) override {
      const double shift = of_.mean_.dot(right);
      for (Eigen::Index i = 0; i < of_.rows(); ++i) {
        output[i] = of_.rows_.row(i).cast<double>().dot(right) - shift;
      }
    }
    const CentredRows& of_;
  };
  struct AdjointProduct final : irlba::AdjointWorkspace<Vector> {
    explicit AdjointProduct(const CentredRows& of) : of_(of) {}
    void multiply(const Vector& right, Vector& output) override {
      output = -right.sum() * of_.mean_;
      for (Eigen::Index i = 0; i < of_.rows(); ++i) {
        output += right[i] * of_.rows_.row(i).cast<double>().transpose();
      }
    }
    const CentredRows& of_;
  };
  struct Whole final : irlba::RealizeWorkspace<Doubles> {
    explicit Whole(const CentredRows& of) : of_(of) {}
    const Doubles& realize(Doubles& buffer) override {
      buffer = centred(of_.rows_, of_.mean_, 0, of_.rows());
      return buffer;
    }
    const CentredRows& of_;
  };

  const Rows& rows_;
  const Vector& mean_;
};

base::Result<Decomposition> by_irlba(const Rows& rows, const Vector& mean, Eigen::Index count) {
  irlba::Options<Vector> options;
  options.convergence_tolerance = kResidual;
  options.extra_work = 20;
  try {
    const auto found = irlba::compute<Doubles, Vector>(CentredRows(rows, mean), count, options);
    if (!found.converged) {
      return base::fail(base::ErrorKind::kInternal,
                        "the principal components didn't settle: ask for fewer of them");
    }
    return Decomposition{found.V, found.D.array().square() / static_cast<double>(rows.rows() - 1)};
  } catch (const std::exception& error) {
    return base::fail(base::ErrorKind::kInternal, fmt::format("principal components: {}", error.what()));
  }
}

// -1 or 1: what makes the largest number positive, whichever way the solver had it.
double sign_of(const Vector& direction) {
  const double largest_size = direction.cwiseAbs().maxCoeff();
  for (const double value : direction) {
    if (std::abs(value) >= largest_size * (1 - kSameSize)) return value < 0 ? -1 : 1;
  }
  return 1;
}

double total_variance(const Rows& rows, const Vector& mean) {
  // Then the mean's last digits are all there would be.
  if ((rows.rowwise() - rows.row(0)).isZero(0)) return 0;
  double sum = 0;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    sum += (rows.row(i).cast<double>() - mean.transpose()).squaredNorm();
  }
  return sum / static_cast<double>(rows.rows() - 1);
}

}  // namespace

base::Result<Pca> Pca::fit(const Points& points, std::size_t components) {
  TRY(check_points(points, 2, kMaxPcaRows, "principal components"));
  if (components < 1 || components > kMaxPcaComponents) {
    return base::fail(base::ErrorKind::kUsage,
                      fmt::format("{} principal components: ask for 1 to {}", components, kMaxPcaComponents));
  }
  const Rows rows = rows_of(points);
  Vector mean = Vector::Zero(rows.cols());
  for (Eigen::Index i = 0; i < rows.rows(); ++i) mean += rows.row(i).cast<double>().transpose();
  mean /= static_cast<double>(rows.rows());

  const Eigen::Index smaller = std::min(rows.rows(), rows.cols());
  const Eigen::Index count = std::min(static_cast<Eigen::Index>(components), smaller);
  base::Result<Decomposition> made = Decomposition{};
  if (smaller > static_cast<Eigen::Index>(kExactPca)) {
    made = by_irlba(rows, mean, count);
  } else {
    made = rows.cols() <= rows.rows() ? by_columns(rows, mean, count) : by_rows(rows, mean, count);
  }
  TRY_ASSIGN(const Decomposition found, std::move(made));

  Pca pca;
  pca.mean_.assign(mean.begin(), mean.end());
  pca.total_variance_ = total_variance(rows, mean);
  pca.variance_.resize(components);
  pca.directions_.resize(components * points.columns);
  for (Eigen::Index i = 0; i < count && pca.total_variance_ > 0; ++i) {
    const auto place = static_cast<std::size_t>(i);
    if (!(found.variance[i] > kNoVariance * found.variance[0])) break;
    pca.variance_[place] = found.variance[i];
    const Vector direction = found.directions.col(i) * sign_of(found.directions.col(i));
    std::ranges::copy(direction,
                      pca.directions_.begin() + static_cast<std::ptrdiff_t>(place * points.columns));
  }
  return pca;
}

base::Result<Points> Pca::project(const Points& points) const {
  TRY(check_points(points, 0, kMaxPointValues, "projecting on principal components"));
  if (points.columns != columns()) {
    return base::fail(
        base::ErrorKind::kBadInput,
        fmt::format("rows of {} numbers can't be projected on components of {}: embed them with the "
                    "same embedder",
                    points.columns, columns()));
  }
  Points projected = make_points(points.rows, components());
  for (std::size_t i = 0; i < points.rows; ++i) {
    const auto row = points.row(i);
    const auto to = projected.row(i);
    for (std::size_t c = 0; c < components(); ++c) {
      const auto along = direction(c);
      double sum = 0;
      for (std::size_t k = 0; k < row.size(); ++k) sum += (static_cast<double>(row[k]) - mean_[k]) * along[k];
      to[c] = static_cast<float>(sum);
    }
  }
  return projected;
}

std::optional<double> Pca::explained(std::size_t i) const {
  if (!(total_variance_ > 0)) return std::nullopt;
  return std::clamp(variance_[i] / total_variance_, 0.0, 1.0);
}

}  // namespace duologue::measure
