#include "measure/statistics/paired.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

TEST(McNemar, OracleToThePrintedDigits) {
  const McNemar test = mcnemar(5, 15);
  EXPECT_NEAR(test.exact_p, .0413895, 5e-8);
  EXPECT_NEAR(test.mid_p, .0266037, 5e-8);
}

TEST(McNemar, AsStatsmodels) {  // 0.15; the mid-p by scipy's binomial distribution
  EXPECT_NEAR(mcnemar(30, 60).exact_p, 0.00206026568096, 1e-13);
  EXPECT_NEAR(mcnemar(30, 60).mid_p, 0.00151651319446, 1e-13);
}

TEST(McNemar, SmallTablesByHand) {
  EXPECT_EQ(mcnemar(0, 0).exact_p, 1.0);
  EXPECT_EQ(mcnemar(0, 0).mid_p, 1.0);
  EXPECT_NEAR(mcnemar(1, 0).exact_p, 1.0, 1e-15);
  EXPECT_NEAR(mcnemar(1, 0).mid_p, 0.5, 1e-15);
  EXPECT_NEAR(mcnemar(0, 6).exact_p, 2.0 / 64, 1e-15);
  EXPECT_NEAR(mcnemar(0, 6).mid_p, 1.0 / 64, 1e-15);
  EXPECT_NEAR(mcnemar(1, 1).mid_p, 0.75, 1e-15);  // 1 - half of P(1 of 2)
}

TEST(McNemar, EqualPairsGiveOneAndOrderDoesNotMatter) {
  EXPECT_EQ(mcnemar(7, 7).exact_p, 1.0);
  for (std::uint64_t b = 0; b < 40; ++b) {
    for (std::uint64_t c = 0; c < 40; ++c) {
      const McNemar test = mcnemar(b, c);
      EXPECT_EQ(test.exact_p, mcnemar(c, b).exact_p);
      EXPECT_LE(test.mid_p, test.exact_p);
      EXPECT_GT(test.mid_p, 0);
      EXPECT_LE(test.exact_p, 1);
    }
  }
}

TEST(McNemar, ManyPairsTendToTheNormal) {
  // z = (|b - c| - 1) / sqrt(b + c), the corrected normal approximation
  EXPECT_NEAR(mcnemar(500'000, 501'500).exact_p, std::erfc(1499 / std::sqrt(1'001'500.0) / std::sqrt(2.0)),
              1e-5);
}

double plain_p(const std::vector<double>& d) {
  double observed = 0;
  for (const double x : d) observed += x;
  std::uint64_t extreme = 0;
  for (std::uint64_t signs = 0; signs < (std::uint64_t{1} << d.size()); ++signs) {
    double sum = 0;
    for (std::size_t i = 0; i < d.size(); ++i) sum += (signs >> i & 1U) != 0 ? -d[i] : d[i];
    extreme += std::abs(sum) >= std::abs(observed) - 1e-9 ? 1 : 0;
  }
  return static_cast<double>(extreme) / static_cast<double>(std::uint64_t{1} << d.size());
}

TEST(SignFlip, CountsEveryAssignment) {
  const std::vector<double> all_up{1, 2, 3, 4, 5};
  EXPECT_DOUBLE_EQ(sign_flip_test(all_up)->p_value, 2.0 / 32);
  EXPECT_DOUBLE_EQ(sign_flip_test(all_up)->mean, 3.0);
  testing::Lcg random(8);
  for (int round = 0; round < 30; ++round) {
    std::vector<double> d;
    for (std::uint32_t i = 1 + random.below(12); i > 0; --i) d.push_back((random.below(21) - 7.0) / 10);
    const SignFlip test = *sign_flip_test(d);
    EXPECT_TRUE(test.exact);
    EXPECT_NEAR(test.p_value, plain_p(d), 1e-15);
  }
}

TEST(SignFlip, AsScipy) {  // permutation_test of scipy 1.17 on the sum, every assignment
  const std::vector<double> d{.3, -.1, .25, .4, 0, .15, -.2, .35, .1, .05};
  EXPECT_NEAR(sign_flip_test(d)->mean, 0.13, 1e-15);
  EXPECT_EQ(sign_flip_test(d)->p_value, 0.08203125);
  EXPECT_EQ(sign_flip_test(std::vector<double>{1, 2, 3, -1, -2, 4, 5})->p_value, 0.171875);
}

TEST(SignFlip, EqualSumsStayEqualOverAMillionAssignments) {
  // Twenty times one number that binary fractions can't hold: the sum is an integer times it.
  std::vector<double> d(20, 0.1);
  for (int i = 0; i < 5; ++i) d[i] = -0.1;
  double tail = 0;  // at most 5 or at least 15 of 20 of one sign
  double ways = 1;
  for (int k = 0; k <= 5; ++k) {
    tail += ways;
    ways = ways * (20 - k) / (k + 1);
  }
  EXPECT_EQ(sign_flip_test(d)->p_value, 2 * tail / (1 << 20));
}

TEST(SignFlip, ZerosHaveNoSign) {
  const std::vector<double> with{0.5, -0.2, 0, 0.3, 0, 0.9};
  const std::vector<double> without{0.5, -0.2, 0.3, 0.9};
  EXPECT_EQ(sign_flip_test(with)->p_value, sign_flip_test(without)->p_value);
  EXPECT_EQ(sign_flip_test(with)->assignments, 16U);
  const std::vector<double> none{0, 0, 0};
  EXPECT_EQ(sign_flip_test(none)->p_value, 1.0);
}

TEST(SignFlip, DrawsWhereThereAreTooMany) {
  testing::Lcg random(12);
  std::vector<double> d;
  for (int i = 0; i < 40; ++i) d.push_back((random.below(1000) - 420.0) / 1000);
  double sum = 0;
  double squares = 0;
  for (const double x : d) {
    sum += x;
    squares += x * x;
  }
  const SignFlip test = *sign_flip_test(d, 3);
  EXPECT_FALSE(test.exact);
  EXPECT_EQ(test.assignments, 100'001U);
  // The sum of random signs is nearly normal.
  EXPECT_NEAR(test.p_value, std::erfc(std::abs(sum) / std::sqrt(2 * squares)), 0.01);
  EXPECT_EQ(test.p_value, sign_flip_test(d, 3)->p_value);
  EXPECT_NE(test.p_value, sign_flip_test(d, 4)->p_value);
  const std::vector<double> certain(60, 1.0);
  EXPECT_DOUBLE_EQ(sign_flip_test(certain, 1, 999)->p_value, 0.001);  // never 0
}

TEST(SignFlip, LargeNumbersDoNotOverflow) {
  const double huge = std::numeric_limits<double>::max();
  const std::vector<double> d{huge, huge, -huge, huge};
  EXPECT_DOUBLE_EQ(sign_flip_test(d)->p_value, 10.0 / 16);
  EXPECT_TRUE(std::isfinite(sign_flip_test(d)->mean));
}

TEST(SignFlip, RefusesWhatCannotBeTested) {
  EXPECT_FALSE(sign_flip_test({}));
  const std::vector<double> nan{1, std::nan("")};
  const auto refused = sign_flip_test(nan);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kBadInput);
  EXPECT_NE(refused.error().message.find("number 2 is nan"), std::string::npos) << refused.error().message;
  const std::vector<double> fine{1, 2};
  EXPECT_FALSE(sign_flip_test(fine, 1, 10));
}

}  // namespace
}  // namespace duologue::measure
