#include "measure/statistics/distributions.h"

#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>

namespace duologue::measure {

namespace {

namespace policies = boost::math::policies;
// Nothing is thrown: a value that doesn't exist is NaN or infinite.
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>, policies::evaluation_error<policies::ignore_error>,
    policies::rounding_error<policies::ignore_error>, policies::promote_double<false>>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool is_probability(double p) { return p >= 0 && p <= 1; }

}  // namespace

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double normal_quantile(double probability) {
  if (!is_probability(probability)) return kNan;
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * probability, Quiet());
}

double two_sided_normal_p(double z) { return std::erfc(std::abs(z) / std::numbers::sqrt2); }

double chi_squared_survival(double x, double degrees) {
  if (!(x >= 0) || !(degrees > 0)) return kNan;
  if (std::isinf(x)) return 0;
  return boost::math::gamma_q(degrees / 2.0, x / 2.0, Quiet());
}

double beta_quantile(double probability, double a, double b) {
  if (!is_probability(probability) || !(a > 0) || !(b > 0)) return kNan;
  return boost::math::ibeta_inv(a, b, probability, Quiet());
}

double fair_coin_cdf(std::uint64_t k, std::uint64_t n) {
  if (k > n) return kNan;
  if (k == n) return 1;
  return boost::math::ibeta(static_cast<double>(n - k), static_cast<double>(k) + 1.0, 0.5, Quiet());
}

double fair_coin_pmf(std::uint64_t k, std::uint64_t n) {
  if (k > n) return kNan;
  const auto tosses = static_cast<double>(n);
  const auto heads = static_cast<double>(k);
  return boost::math::ibeta_derivative(heads + 1.0, tosses - heads + 1.0, 0.5, Quiet()) / (tosses + 1.0);
}

double log_gamma(double x) {
  if (!(x > 0)) return kNan;
  return boost::math::lgamma(x, Quiet());
}

}  // namespace duologue::measure
