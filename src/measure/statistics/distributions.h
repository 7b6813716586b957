// The distribution functions that the statistics need, with Boost.Math behind them (its headers cost a file
// seconds of compiling: they are read by distributions.cc alone). Pure; any thread. Arguments outside of what
// is said give NaN, never an exception.
#pragma once

#include <cstdint>

namespace duologue::measure {

double normal_cdf(double z);
double normal_quantile(double probability);                    // of 0 and 1: -inf and inf
double two_sided_normal_p(double z);                           // P(|Z| >= |z|)
double chi_squared_survival(double x, double degrees);         // P(X >= x), x >= 0, degrees > 0
double beta_quantile(double probability, double a, double b);  // a, b > 0

// X successes of n tosses of a fair coin: P(X <= k) and P(X = k), k <= n.
double fair_coin_cdf(std::uint64_t k, std::uint64_t n);
double fair_coin_pmf(std::uint64_t k, std::uint64_t n);

double log_gamma(double x);  // x > 0

}  // namespace duologue::measure
