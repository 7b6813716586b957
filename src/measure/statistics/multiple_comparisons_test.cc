#include "measure/statistics/multiple_comparisons.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

const std::vector<double> kOracle{.001, .008, .039, .041, .042, .06, .074, .205, .212, .216};

void expect_near(const std::vector<double>& got, const std::vector<double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i], 5e-7) << i;
}

TEST(MultipleComparisons, BenjaminiHochbergOracle) {
  expect_near(*benjamini_hochberg(kOracle), {.01, .04, .084, .084, .084, .1, .105714, .216, .216, .216});
}

TEST(MultipleComparisons, HolmByHand) {
  expect_near(*holm(kOracle), {.01, .072, .312, .312, .312, .312, .312, .615, .615, .615});
  expect_near(*holm(std::vector<double>{.04, .01, .03}), {.06, .03, .06});
}

TEST(MultipleComparisons, OrderOfTheInputDoesNotMatter) {
  testing::Lcg random(2);
  std::vector<double> p = kOracle;
  std::vector<double> adjusted = *benjamini_hochberg(p);
  std::vector<double> held = *holm(p);
  for (int round = 0; round < 50; ++round) {
    const std::size_t i = random.below(10);
    const std::size_t j = random.below(10);
    std::swap(p[i], p[j]);
    std::swap(adjusted[i], adjusted[j]);
    std::swap(held[i], held[j]);
    EXPECT_EQ(*benjamini_hochberg(p), adjusted);
    EXPECT_EQ(*holm(p), held);
  }
}

TEST(MultipleComparisons, AdjustedLieBetweenRawAndBonferroni) {
  testing::Lcg random(6);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> p;
    for (std::uint32_t i = 1 + random.below(30); i > 0; --i) p.push_back(random.below(1001) / 1000.0);
    const auto h = *holm(p);
    const auto bh = *benjamini_hochberg(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_LE(p[i], bh[i]);
      EXPECT_LE(bh[i], h[i] + 1e-15);
      EXPECT_LE(h[i], std::min(1.0, p[i] * static_cast<double>(p.size())) + 1e-15);
    }
  }
}

TEST(MultipleComparisons, NoneOneAndNonsense) {
  EXPECT_TRUE(holm({})->empty());
  EXPECT_TRUE(benjamini_hochberg({})->empty());
  EXPECT_EQ(*holm(std::vector<double>{.3}), std::vector<double>{.3});
  EXPECT_EQ(*benjamini_hochberg(std::vector<double>{.3}), std::vector<double>{.3});
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    EXPECT_FALSE(holm(std::vector<double>{.5, bad}));
    EXPECT_FALSE(benjamini_hochberg(std::vector<double>{.5, bad}));
  }
}

}  // namespace
}  // namespace duologue::measure
