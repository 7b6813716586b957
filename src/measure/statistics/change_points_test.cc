#include "measure/statistics/change_points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Ends = std::vector<std::size_t>;

// measurement.md §3
const std::vector<double> kOracle{1, .9, 1.1, 1, .95, 1.05, .2, .15, .25, .1, .2, .18};

TEST(Cusum, Oracle) {
  Cusum cusum(1, .25);
  std::vector<double> sums;
  for (const double x : kOracle) sums.push_back(*cusum.add(x));
  for (int i = 0; i < 6; ++i) EXPECT_DOUBLE_EQ(sums[i], 0.0) << i;
  const std::vector<double> want{.55, 1.15, 1.65, 2.3, 2.85, 3.42};
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(sums[6 + i], want[i], 1e-12) << i;
  EXPECT_EQ(cusum.rising_since(), 7U);
}

TEST(Cusum, LearnsItsMeanFromTurnsThreeToTen) {
  Cusum cusum = Cusum::learning(0.1);
  for (int turn = 1; turn <= 10; ++turn) {
    EXPECT_FALSE(cusum.add(turn < 3 ? 100.0 : turn == 5 ? std::optional<double>() : 2.0));
  }
  EXPECT_DOUBLE_EQ(*cusum.mean(), 2.0);
  EXPECT_DOUBLE_EQ(*cusum.add(2.0), 0.0);
  EXPECT_FALSE(cusum.rising_since());
  EXPECT_NEAR(*cusum.add(1.0), 0.9, 1e-12);
  EXPECT_FALSE(cusum.add(std::nullopt));  // null leaves the sum as it is
  EXPECT_FALSE(cusum.add(std::nan("")));
  EXPECT_NEAR(*cusum.add(1.0), 1.8, 1e-12);
  EXPECT_EQ(cusum.rising_since(), 12U);
  EXPECT_DOUBLE_EQ(*cusum.add(50.0), 0.0);
  EXPECT_FALSE(cusum.rising_since());
}

TEST(Cusum, WithoutABaselineThereIsNoSum) {
  Cusum cusum = Cusum::learning(0.1);
  for (int turn = 1; turn <= 10; ++turn) cusum.add(std::nullopt);
  EXPECT_FALSE(cusum.add(0.0));
  EXPECT_FALSE(cusum.mean());
}

TEST(OnlineChange, Oracle) {
  OnlineChange online = *OnlineChange::make({25, 0, 1, .1, .01});
  std::vector<OnlineChange::RunLength> runs;
  std::vector<double> within_four;
  for (const double x : kOracle) {
    runs.push_back(*online.add(x));
    within_four.push_back(online.probability_below(5));
  }
  const std::vector<std::uint32_t> lengths{1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6};
  for (std::size_t i = 0; i < lengths.size(); ++i) EXPECT_EQ(runs[i].length, lengths[i]) << i;
  // The recursion written out plainly in Python, with every run length kept (scipy.stats.t.pdf as the
  // predictive).
  EXPECT_NEAR(runs[1].probability, 0.951582292756, 1e-9);
  EXPECT_NEAR(runs[8].probability, 0.558934012881, 1e-9);
  EXPECT_NEAR(runs[9].probability, 0.650036599722, 1e-9);
  EXPECT_NEAR(runs[11].probability, 0.846895645551, 1e-9);
  EXPECT_NEAR(within_four[8], 0.433435616845, 1e-9);
  EXPECT_NEAR(within_four[9], 0.803440573721, 1e-9);
}

TEST(OnlineChange, FindsALevelAndForgetsNothingItNeeds) {
  testing::Lcg random(5);
  OnlineChange online = *OnlineChange::make({100, 0, 1, 1, 1});
  OnlineChange::RunLength run;
  for (int i = 0; i < 3000; ++i) run = *online.add((i < 2900 ? 5.0 : 0.0) + random.below(1000) / 1000.0);
  EXPECT_EQ(run.length, 100U);
  EXPECT_GT(run.probability, 0.5);
  EXPECT_NEAR(online.probability_below(3001), 1.0, 1e-9);
  EXPECT_LT(online.probability_below(50), 0.2);
}

TEST(OnlineChange, SurvivesExtremesAndRefusesNonsense) {
  OnlineChange online = *OnlineChange::make();
  for (const double x : {0.0, 0.0, 1e100, -1e100, 1e-300, 0.0}) {
    const auto run = online.add(x);
    ASSERT_TRUE(run);
    EXPECT_TRUE(std::isfinite(run->probability));
  }
  EXPECT_FALSE(online.add(std::nan("")));
  EXPECT_FALSE(online.add(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(online.add(1e101));
  EXPECT_FALSE(OnlineChange::make({1, 0, 1, .1, .01}));
  EXPECT_FALSE(OnlineChange::make({25, std::nan(""), 1, .1, .01}));
  EXPECT_FALSE(OnlineChange::make({25, 0, 0, .1, .01}));
  EXPECT_FALSE(OnlineChange::make({25, 0, 1, -1, .01}));
  EXPECT_FALSE(OnlineChange::make({25, 0, 1, .1, 0}));
}

TEST(Pelt, Oracle) {
  for (const double penalty : {.05, .1, .5, 1.0, 2.0}) {
    const Segmentation found = *pelt_l2(kOracle, penalty);
    EXPECT_EQ(found.ends, (Ends{6, 12})) << penalty;
    EXPECT_NEAR(found.cost, .025 + .013, 5e-4);
  }
  EXPECT_NEAR(l2_cost(kOracle), 2.0552, 5e-5);
  EXPECT_NEAR(l2_cost(std::span(kOracle).first(6)), .025, 5e-4);
  EXPECT_NEAR(l2_cost(std::span(kOracle).subspan(6)), .013, 5e-4);
  EXPECT_EQ(pelt_l2(kOracle, 2.1)->ends, (Ends{12}));
}

TEST(Pelt, AsRuptures) {  // KernelCPD(kernel="linear") of ruptures 1.1.10
  testing::Lcg random(3);
  std::vector<double> x;
  for (int i = 0; i < 300; ++i) x.push_back(i / 50 % 3 * 2 + random.below(1000) / 500.0);
  const Ends levels{50, 100, 150, 200, 250, 300};
  struct Case {
    double penalty;
    std::size_t min_length;
    Ends ends;
    double cost;
  };
  const std::vector<Case> cases{
      {1,
       1,
       {29,  31,  48,  54,  82,  93,  98,  100, 112, 142, 150,
        152, 161, 199, 201, 250, 282, 285, 288, 289, 295, 300},
       72.6261214958},
      {4, 1, levels, 94.53225312},
      {10, 2, levels, 94.53225312},
      {.5,
       7,
       {24, 31, 48, 55, 82, 93, 100, 112, 125, 134, 142, 150, 161, 185, 193, 200, 250, 285, 300},
       80.6973904587},
      {30, 40, levels, 94.53225312}};
  for (const Case& c : cases) {
    const Segmentation found = *pelt_l2(x, c.penalty, c.min_length);
    EXPECT_EQ(found.ends, c.ends) << c.penalty;
    EXPECT_NEAR(found.cost, c.cost, 1e-9) << c.penalty;
  }
  // numpy: 2 (median |difference| / (sqrt 2 Phi^-1(3/4)))^2 ln n
  EXPECT_NEAR(schwarz_penalty(x), 4.18859068526, 1e-10);
  EXPECT_NEAR(schwarz_penalty(kOracle), 0.0546209651175, 1e-12);
}

// Optimal partitioning: every start of the last segment, none given up.
Segmentation plain_partition(const std::vector<double>& x, double penalty, std::size_t min_length) {
  std::vector<double> least{-penalty};
  std::vector<std::size_t> start{0};
  for (std::size_t end = 1; end <= x.size(); ++end) {
    double best = std::numeric_limits<double>::infinity();
    std::size_t best_start = 0;
    for (std::size_t s = 0; s + min_length <= end; ++s) {
      const double cost = least[s] + penalty + l2_cost(std::span(x).subspan(s, end - s));
      if (cost < best) {
        best = cost;
        best_start = s;
      }
    }
    least.push_back(best);
    start.push_back(best_start);
  }
  Segmentation result;
  result.cost = least.back();
  for (std::size_t end = x.size(); end > 0; end = start[end]) result.ends.insert(result.ends.begin(), end);
  result.cost -= penalty * static_cast<double>(result.ends.size() - 1);
  return result;
}

TEST(Pelt, IsTheExactMinimum) {
  testing::Lcg random(9);
  for (int round = 0; round < 150; ++round) {
    std::vector<double> x;
    double level = 0;
    for (std::uint32_t i = 12 + random.below(60); i > 0; --i) {
      if (random.below(12) == 0) level = random.below(8);
      x.push_back(level + random.below(1000) / 500.0);
    }
    const double penalty = random.below(40) / 8.0;
    const std::size_t min_length = 1 + random.below(6);
    const Segmentation found = *pelt_l2(x, penalty, min_length);
    const Segmentation plain = plain_partition(x, penalty, min_length);
    // Without a penalty many segmentations cost the same.
    const auto total = [&](const Segmentation& s) {
      return s.cost + penalty * static_cast<double>(s.ends.size() - 1);
    };
    EXPECT_NEAR(total(found), total(plain), 1e-9) << round;
    if (penalty > 0) {
      EXPECT_EQ(found.ends, plain.ends) << round;
    }
    std::size_t before = 0;
    for (const std::size_t end : found.ends) {
      EXPECT_GE(end - before, min_length);
      before = end;
    }
  }
}

TEST(Pelt, ALevelFarFromZeroDoesNotDrownTheChange) {
  std::vector<double> x;
  for (int i = 0; i < 100; ++i) x.push_back(1e9 + (i < 60 ? 0.0 : 1.0) + (i % 2) * 0.01);
  EXPECT_EQ(pelt_l2(x, 1.0)->ends, (Ends{60, 100}));
}

TEST(Pelt, ShortConstantAndRefused) {
  EXPECT_TRUE(pelt_l2({}, 1.0)->ends.empty());
  EXPECT_EQ(pelt_l2(std::vector<double>{3}, 1.0)->ends, (Ends{1}));
  EXPECT_EQ(pelt_l2(std::vector<double>{3, 9}, 0.1, 5)->ends, (Ends{2}));
  const std::vector<double> constant(500, 2.5);
  EXPECT_EQ(pelt_l2(constant, 0.5)->ends, (Ends{500}));
  EXPECT_EQ(schwarz_penalty(constant), 0.0);
  EXPECT_FALSE(pelt_l2(kOracle, -1.0));
  EXPECT_FALSE(pelt_l2(kOracle, std::nan("")));
  EXPECT_FALSE(pelt_l2(kOracle, 1.0, 0));
  EXPECT_FALSE(pelt_l2(std::vector<double>{1, std::nan("")}, 1.0));
  EXPECT_FALSE(pelt_l2(std::vector<double>(kMostPeltValues + 1), 1.0));
}

TEST(Pelt, SchwarzPenaltyComesFromTheNoiseNotFromTheChanges) {
  testing::Lcg random(13);
  std::vector<double> still;
  std::vector<double> changing;
  for (int i = 0; i < 4000; ++i) {
    double noise = -6;
    for (int k = 0; k < 12; ++k) noise += random.below(1'000'000) / 1e6;
    still.push_back(noise);
    changing.push_back(noise + (i / 200 % 2) * 20.0);
  }
  EXPECT_NEAR(schwarz_penalty(still), 2 * std::log(4000.0), 0.1 * 2 * std::log(4000.0));
  // Nineteen of 3,999 differences are a change's: they push the median up a little.
  EXPECT_NEAR(schwarz_penalty(changing), schwarz_penalty(still), 0.05 * schwarz_penalty(still));
  EXPECT_EQ(pelt_l2(changing, schwarz_penalty(changing))->ends.size(), 20U);
  // More than half of the neighbours equal: the median says nothing.
  const std::vector<double> steps{0, 0, 0, 0, 4, 4, 4, 4, 4};
  EXPECT_NEAR(schwarz_penalty(steps), 2.0 * (16.0 / 8 / 2) * std::log(9.0), 1e-12);
}

}  // namespace
}  // namespace duologue::measure
