#include "measure/statistics/agreement.h"

#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Labels = std::vector<std::uint32_t>;
using Onsets = std::vector<std::optional<std::uint32_t>>;

// A table's cell (i, j) times: first said i, second j.
void expand(const std::vector<Labels>& table, Labels& first, Labels& second) {
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    for (std::uint32_t j = 0; j < table[i].size(); ++j) {
      first.insert(first.end(), table[i][j], i);
      second.insert(second.end(), table[i][j], j);
    }
  }
}

TEST(Kappa, AsStatsmodels) {  // cohens_kappa of statsmodels 0.15
  Labels first;
  Labels second;
  expand({{20, 5}, {10, 15}}, first, second);
  const Kappa two = *cohen_kappa(first, second);
  EXPECT_NEAR(*two.kappa, 0.4, 1e-12);
  EXPECT_NEAR(*two.standard_error, 0.126996062931, 1e-12);
  EXPECT_NEAR(two.interval->low, 0.151092290477, 1e-12);
  EXPECT_NEAR(two.interval->high, 0.648907709523, 1e-12);
  first.clear();
  second.clear();
  expand({{10, 2, 1}, {1, 12, 3}, {0, 4, 17}}, first, second);
  const Kappa three = *cohen_kappa(first, second);
  EXPECT_NEAR(*three.kappa, 0.662162162162, 1e-12);
  EXPECT_NEAR(*three.standard_error, 0.0903856252605, 1e-12);
}

TEST(Kappa, PerfectAndOpposite) {
  const Labels a{0, 1, 0, 1, 2};
  const Kappa same = *cohen_kappa(a, a);
  EXPECT_DOUBLE_EQ(*same.kappa, 1.0);
  EXPECT_NEAR(*same.standard_error, 0.0, 1e-12);
  const Kappa opposite = *cohen_kappa(Labels{0, 1, 0, 1}, Labels{1, 0, 1, 0});
  EXPECT_DOUBLE_EQ(*opposite.kappa, -1.0);
  EXPECT_GE(opposite.interval->low, -1.0);
}

TEST(Kappa, ByChanceIsNearZero) {
  testing::Lcg random(3);
  Labels a;
  Labels b;
  for (int i = 0; i < 20'000; ++i) {
    a.push_back(random.below(3));
    b.push_back(random.below(3));
  }
  const Kappa kappa = *cohen_kappa(a, b);
  EXPECT_NEAR(*kappa.kappa, 0.0, 0.02);
  EXPECT_LT(kappa.interval->low, 0.0);
  EXPECT_GT(kappa.interval->high, 0.0);
}

TEST(Kappa, NamesOfLabelsDoNotMatter) {
  const Labels a{0, 1, 2, 1, 0, 2, 2, 1};
  const Labels b{0, 1, 1, 1, 0, 2, 0, 1};
  Labels renamed_a;
  Labels renamed_b;
  const Labels names{7, 900, 3};
  for (const auto label : a) renamed_a.push_back(names[label]);
  for (const auto label : b) renamed_b.push_back(names[label]);
  EXPECT_NEAR(*cohen_kappa(a, b)->kappa, *cohen_kappa(renamed_a, renamed_b)->kappa, 1e-14);
  EXPECT_NEAR(*cohen_kappa(a, b)->kappa, *cohen_kappa(b, a)->kappa, 1e-14);
}

TEST(Kappa, NullWhereAgreementWasBoundToHappen) {
  EXPECT_FALSE(cohen_kappa({}, {})->observed);
  const Labels all_one{4, 4, 4};
  const Kappa bound = *cohen_kappa(all_one, all_one);
  EXPECT_DOUBLE_EQ(*bound.observed, 1.0);
  EXPECT_FALSE(bound.kappa);
  EXPECT_FALSE(bound.interval);
  EXPECT_DOUBLE_EQ(*cohen_kappa(all_one, Labels{4, 4, 5})->kappa, 0.0);
}

TEST(Kappa, RefusesOtherLengthsAndGreatLabels) {
  EXPECT_FALSE(cohen_kappa(Labels{1}, Labels{1, 2}));
  EXPECT_FALSE(cohen_kappa(Labels{1}, Labels{kMostLabels}));
}

TEST(Onsets, DifferencesByHand) {
  const Onsets first{10, 20, std::nullopt, 30, std::nullopt, 8};
  const Onsets second{12, 15, 4, std::nullopt, std::nullopt, 8};
  const OnsetAgreement agreement = *onset_agreement(first, second);
  EXPECT_EQ(agreement.both, 3U);
  EXPECT_EQ(agreement.only_first, 1U);
  EXPECT_EQ(agreement.only_second, 1U);
  EXPECT_EQ(agreement.neither, 1U);
  EXPECT_DOUBLE_EQ(*agreement.mean_difference, -1.0);
  EXPECT_DOUBLE_EQ(*agreement.mean_distance, 7.0 / 3);
  EXPECT_DOUBLE_EQ(*agreement.median_distance, 2.0);
}

TEST(Onsets, NoneInCommonIsNull) {
  const OnsetAgreement agreement = *onset_agreement(Onsets{1, std::nullopt}, Onsets{std::nullopt, 2});
  EXPECT_EQ(agreement.both, 0U);
  EXPECT_FALSE(agreement.mean_distance);
  EXPECT_FALSE(agreement.median_distance);
  EXPECT_FALSE(onset_agreement(Onsets{1}, Onsets{}));
  EXPECT_DOUBLE_EQ(*onset_agreement(Onsets{0}, Onsets{4'000'000'000U})->mean_distance, 4e9);
}

}  // namespace
}  // namespace duologue::measure
