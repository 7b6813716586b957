#include "measure/statistics/roc.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Cases = std::vector<ScoredCase>;

// In Python: g = Lcg(11) (see survival_test.cc); for 200: pos = g.below(3) == 0; score = g.below(20) + (4 if
// pos else 0). Scores tie a lot. Ten cases a cluster.
Cases tied_cases() {
  testing::Lcg random(11);
  Cases cases;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const bool positive = random.below(3) == 0;
    cases.push_back({random.below(20) + (positive ? 4.0 : 0.0), positive, i / 10});
  }
  return cases;
}

double plain_auc(const Cases& cases) {
  double wins = 0;
  double pairs = 0;
  for (const ScoredCase& p : cases) {
    for (const ScoredCase& n : cases) {
      if (!p.positive || n.positive) continue;
      ++pairs;
      wins += p.score > n.score ? 1 : p.score == n.score ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

TEST(Roc, TheAreaIsTheShareOfPairsWon) {
  testing::Lcg random(4);
  for (int round = 0; round < 50; ++round) {
    Cases cases{{1, true, 0}, {1, false, 0}};
    for (std::uint32_t i = random.below(60); i > 0; --i) {
      cases.push_back({static_cast<double>(random.below(12)), random.below(2) == 0, random.below(5)});
    }
    EXPECT_NEAR(*discrimination(cases, {1, 100})->auc, plain_auc(cases), 1e-12);
  }
}

TEST(Roc, AsSklearn) {  // roc_auc_score, average_precision_score and roc_curve of scikit-learn 1.9
  const Discrimination found = *discrimination(tied_cases());
  EXPECT_EQ(found.positives, 72U);
  EXPECT_NEAR(*found.auc, 0.695583767361, 1e-12);
  EXPECT_NEAR(*found.average_precision, 0.614166854038, 1e-12);
  const auto points = *threshold_points(tied_cases());
  ASSERT_EQ(points.size(), 24U);
  const std::vector<double> recalls{0.0833333333333, 0.138888888889, 0.194444444444, 0.25, 0.277777777778};
  for (std::size_t i = 0; i < recalls.size(); ++i) {
    EXPECT_EQ(points[i].threshold, 23.0 - static_cast<double>(i));
    EXPECT_NEAR(*points[i].true_positive_rate, recalls[i], 1e-12);
    EXPECT_EQ(*points[i].false_positive_rate, i < 4 ? 0.0 : 0.03125);
  }
  const Cases small{{.1, false, 0}, {.4, false, 0}, {.35, true, 0}, {.8, true, 0}};
  EXPECT_DOUBLE_EQ(*discrimination(small)->auc, 0.75);
  EXPECT_NEAR(*discrimination(small)->average_precision, 0.833333333333, 1e-12);
}

TEST(Roc, PerfectReversedAndUseless) {
  const Cases perfect{{.9, true, 0}, {.8, true, 1}, {.2, false, 2}, {.1, false, 3}};
  EXPECT_DOUBLE_EQ(*discrimination(perfect)->auc, 1.0);
  EXPECT_DOUBLE_EQ(*discrimination(perfect)->average_precision, 1.0);
  Cases reversed = perfect;
  for (ScoredCase& scored : reversed) scored.positive = !scored.positive;
  EXPECT_DOUBLE_EQ(*discrimination(reversed)->auc, 0.0);
  Cases useless = perfect;
  for (ScoredCase& scored : useless) scored.score = 7;
  EXPECT_DOUBLE_EQ(*discrimination(useless)->auc, 0.5);
  EXPECT_DOUBLE_EQ(*discrimination(useless)->average_precision, 0.5);
  EXPECT_EQ(threshold_points(useless)->size(), 1U);  // ties are never split
}

TEST(Roc, PointsByHand) {
  const auto points = *threshold_points(Cases{{.1, false, 0}, {.4, false, 0}, {.35, true, 0}, {.8, true, 0}});
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0].threshold, .8);
  EXPECT_DOUBLE_EQ(*points[0].true_positive_rate, .5);
  EXPECT_DOUBLE_EQ(*points[0].false_positive_rate, 0);
  EXPECT_DOUBLE_EQ(points[1].precision, .5);
  EXPECT_DOUBLE_EQ(points[2].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*points[3].false_positive_rate, 1);
}

TEST(Roc, OneKindAloneHasNoArea) {
  const Cases positives{{1, true, 0}, {2, true, 1}};
  EXPECT_FALSE(discrimination(positives)->auc);
  EXPECT_DOUBLE_EQ(*discrimination(positives)->average_precision, 1.0);
  EXPECT_FALSE((*threshold_points(positives))[0].false_positive_rate);
  const Cases negatives{{1, false, 0}, {2, false, 1}};
  EXPECT_FALSE(discrimination(negatives)->auc);
  EXPECT_FALSE(discrimination(negatives)->average_precision);
  EXPECT_FALSE(discrimination(negatives)->auc_interval.interval);
  EXPECT_EQ(discrimination(negatives)->auc_interval.undefined, 2000U);
  EXPECT_FALSE(discrimination({})->auc);
  EXPECT_TRUE(threshold_points({})->empty());
}

TEST(Roc, IntervalsAreByClusterNotByCase) {
  // Every case twenty times over, within its cluster: nothing new is known, so nothing may get surer.
  Cases once;
  testing::Lcg random(6);
  for (std::uint32_t i = 0; i < 60; ++i) {
    const bool positive = i % 2 == 0;
    once.push_back({random.below(100) + (positive ? 30.0 : 0.0), positive, i});
  }
  Cases many;
  for (int copy = 0; copy < 20; ++copy) many.insert(many.end(), once.begin(), once.end());
  const auto a = *discrimination(once);
  const auto b = *discrimination(many);
  EXPECT_EQ(a.clusters, 60U);
  EXPECT_EQ(b.clusters, 60U);
  EXPECT_NEAR(a.auc_interval.interval->low, b.auc_interval.interval->low, 1e-12);
  EXPECT_NEAR(a.auc_interval.interval->high, b.auc_interval.interval->high, 1e-12);
  EXPECT_LT(a.auc_interval.interval->low, *a.auc);
  EXPECT_GT(a.auc_interval.interval->high, *a.auc);
  EXPECT_LT(a.average_precision_interval.interval->low, *a.average_precision);
  // Hanley & McNeil's standard error for about 30 against 30, roughly.
  const double width = a.auc_interval.interval->high - a.auc_interval.interval->low;
  EXPECT_GT(width, 0.1);
  EXPECT_LT(width, 0.4);
}

TEST(Roc, NamesOfClustersDoNotMatterAndOneAloneHasNoInterval) {
  Cases cases = tied_cases();
  const auto before = discrimination(cases)->auc_interval.interval;
  for (ScoredCase& scored : cases) scored.cluster = 4'000'000'000U - scored.cluster * 7;
  EXPECT_EQ(discrimination(cases)->auc_interval.interval, before);
  for (ScoredCase& scored : cases) scored.cluster = 1;
  EXPECT_FALSE(discrimination(cases)->auc_interval.interval);
}

TEST(Roc, RefusesScoresThatAreNone) {
  EXPECT_FALSE(discrimination(Cases{{std::nan(""), true, 0}}));
  EXPECT_FALSE(threshold_points(Cases{{std::nan(""), true, 0}}));
}

}  // namespace
}  // namespace duologue::measure
