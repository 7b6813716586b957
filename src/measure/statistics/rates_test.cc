#include "measure/statistics/rates.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

Proportion of(std::uint64_t successes, std::uint64_t trials) { return *Proportion::of(successes, trials); }

void expect_interval(const std::optional<Interval>& interval, double low, double high, double tolerance) {
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, low, tolerance);
  EXPECT_NEAR(interval->high, high, tolerance);
}

TEST(Rates, OraclesToThePrintedDigits) {
  expect_interval(wilson_interval(of(35, 50)), .562496, .808964, 5e-7);
  expect_interval(clopper_pearson_interval(of(35, 50)), .553918, .821382, 5e-7);
  expect_interval(wilson_interval(of(46, 50)), .811618, .968450, 5e-7);
  expect_interval(wilson_interval(of(0, 50)), 0, .071348, 5e-7);
}

TEST(Rates, AsStatsmodels) {  // proportion_confint of statsmodels 0.15, methods "wilson" and "beta"
  const Confidence ninety = *Confidence::of(0.9);
  const Confidence ninety_nine = *Confidence::of(0.99);
  expect_interval(wilson_interval(of(3, 17), ninety), 0.0728144665471, 0.368966978069, 1e-12);
  expect_interval(clopper_pearson_interval(of(3, 17), ninety), 0.0498981545574, 0.395641433445, 1e-12);
  expect_interval(wilson_interval(of(1, 1)), 0.206549314377, 1, 1e-12);
  expect_interval(clopper_pearson_interval(of(1, 1)), 0.025, 1, 1e-12);
  expect_interval(wilson_interval(of(999, 1000), ninety_nine), 0.99153943378, 0.999882583646, 1e-12);
  expect_interval(clopper_pearson_interval(of(999, 1000), ninety_nine), 0.992593713062, 0.999994987471,
                  1e-12);
}

TEST(Rates, OfNothingThereIsNoRate) {
  const Proportion nothing;
  EXPECT_EQ(nothing.trials(), 0U);
  EXPECT_FALSE(nothing.rate());
  EXPECT_FALSE(wilson_interval(nothing));
  EXPECT_FALSE(clopper_pearson_interval(nothing));
}

TEST(Rates, NoneAndAllReachTheEnds) {
  for (const std::uint64_t n : {1U, 2U, 7U, 50U, 100'000U}) {
    for (const auto& interval : {wilson_interval(of(0, n)), clopper_pearson_interval(of(0, n))}) {
      EXPECT_EQ(interval->low, 0.0);
      EXPECT_GT(interval->high, 0.0);
      EXPECT_LT(interval->high, 1.0);
    }
    for (const auto& interval : {wilson_interval(of(n, n)), clopper_pearson_interval(of(n, n))}) {
      EXPECT_EQ(interval->high, 1.0);
      EXPECT_LT(interval->low, 1.0);
    }
  }
}

TEST(Rates, ClopperPearsonHasTheTailsThatItNames) {
  // At each limit the binomial tail is what is left over: here by summing the distribution.
  const auto tail_from = [](std::uint64_t k, std::uint64_t n, double p) {
    double sum = 0;
    for (std::uint64_t i = k; i <= n; ++i) {
      double term = 1;
      for (std::uint64_t j = 0; j < i; ++j)
        term *= p * static_cast<double>(n - j) / static_cast<double>(j + 1);
      sum += term * std::pow(1 - p, static_cast<double>(n - i));
    }
    return sum;
  };
  const Confidence ninety = *Confidence::of(0.9);
  for (std::uint64_t k = 1; k < 20; ++k) {
    const Interval interval = *clopper_pearson_interval(of(k, 20), ninety);
    EXPECT_NEAR(tail_from(k, 20, interval.low), 0.05, 1e-9) << k;
    EXPECT_NEAR(1 - tail_from(k + 1, 20, interval.high), 0.05, 1e-9) << k;
  }
}

TEST(Rates, MoreConfidenceIsWiderAndMirrorsSwap) {
  for (std::uint64_t k = 0; k <= 30; ++k) {
    const Interval narrow = *wilson_interval(of(k, 30), *Confidence::of(0.8));
    const Interval wide = *wilson_interval(of(k, 30), *Confidence::of(0.99));
    EXPECT_LE(wide.low, narrow.low);
    EXPECT_GE(wide.high, narrow.high);
    const Interval mirrored = *wilson_interval(of(30 - k, 30), *Confidence::of(0.99));
    EXPECT_NEAR(mirrored.low, 1 - wide.high, 1e-12);
  }
}

TEST(Rates, RefusesWhatIsNone) {
  EXPECT_FALSE(Proportion::of(3, 2));
  EXPECT_FALSE(Proportion::of(0, std::uint64_t{1} << 54U));
  for (const double level : {0.0, 1.0, -0.1, 1.5, std::nan("")}) EXPECT_FALSE(Confidence::of(level));
  EXPECT_NEAR(Confidence().z(), 1.959963984540054, 1e-12);
  Resampling few;
  few.resamples = 99;
  EXPECT_FALSE(clustered_rate(std::vector<Proportion>{of(1, 2), of(0, 2)}, few));
}

TEST(Rates, TheBootstrapIsTheSameEveryTime) {
  const std::vector<Proportion> clusters{of(1, 4), of(3, 5),  of(4, 4), of(0, 3),
                                         of(2, 7), of(9, 11), of(5, 6)};
  const auto first = clustered_rate(clusters);
  const auto second = clustered_rate(clusters);
  ASSERT_TRUE(first->interval);
  EXPECT_EQ(first->interval, second->interval);
  EXPECT_EQ(first->clusters, 7U);
  EXPECT_DOUBLE_EQ(*first->rate, 0.6);
  EXPECT_NE(clustered_rate(clusters, {2, 2000})->interval, first->interval);
}

// Against the linearised standard error of a ratio (Cochran 1977, 6.13): z sqrt(sum (s - r n)^2) / sum n.
TEST(Rates, TheBootstrapHasTheWidthOfTheTheory) {
  testing::Lcg random(4);
  std::vector<Proportion> clusters;
  for (int i = 0; i < 300; ++i) {
    const std::uint32_t trials = 1 + random.below(9);
    clusters.push_back(of(random.below(2) == 0 ? trials : random.below(trials + 1), trials));
  }
  const ClusteredRate rate = *clustered_rate(clusters, {7, 20'000});
  double squares = 0;
  double trials = 0;
  for (const Proportion& cluster : clusters) {
    const double n = static_cast<double>(cluster.trials());
    const double off = static_cast<double>(cluster.successes()) - *rate.rate * n;
    squares += off * off;
    trials += n;
  }
  const double half = Confidence().z() * std::sqrt(squares) / trials;
  EXPECT_NEAR((rate.interval->high - rate.interval->low) / 2, half, 0.03 * half);
  EXPECT_NEAR((rate.interval->high + rate.interval->low) / 2, *rate.rate, 0.1 * half);
  // Trials that hang together say less than as many that don't.
  const Interval naive = *wilson_interval(
      of(static_cast<std::uint64_t>(std::round(*rate.rate * trials)), static_cast<std::uint64_t>(trials)));
  EXPECT_GT(half, 1.3 * (naive.high - naive.low) / 2);
}

TEST(Rates, OneClusterHasNoSpreadAndAllAlikeFallBack) {
  const std::vector<Proportion> one{of(3, 10), of(0, 0)};
  EXPECT_DOUBLE_EQ(*clustered_rate(one)->rate, 0.3);
  EXPECT_FALSE(clustered_rate(one)->interval);
  EXPECT_FALSE(clustered_rate(std::vector<Proportion>{})->rate);
  const std::vector<Proportion> none(10, of(0, 5));
  EXPECT_EQ(clustered_rate(none)->interval, wilson_interval(of(0, 10)));
  const std::vector<Proportion> all(10, of(5, 5));
  EXPECT_EQ(clustered_rate(all)->interval, wilson_interval(of(10, 10)));
}

}  // namespace
}  // namespace duologue::measure
