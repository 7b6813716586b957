#include "measure/statistics/hdbscan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "measure/statistics/testing/points.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

DistanceMatrix distances_of(const std::vector<float>& points) {
  return *DistanceMatrix::of_rows(points, 2, DistanceMetric::kEuclidean);
}

// Noise as -1, as sklearn writes it.
std::vector<int> names_of(const Clustering& clustering) {
  std::vector<int> names;
  for (const auto& cluster : clustering.cluster) names.push_back(cluster ? static_cast<int>(*cluster) : -1);
  return names;
}

TEST(Hdbscan, TwoHeapsAndAStranger) {
  std::vector<float> points;
  testing::Lcg random(1);
  for (int i = 0; i < 40; ++i) {
    points.push_back((i < 20 ? 0.0F : 50.0F) + static_cast<float>(random.below(1000)) / 500);
    points.push_back(static_cast<float>(random.below(1000)) / 500);
  }
  points.insert(points.end(), {25, 300});
  const Clustering found = *hdbscan(distances_of(points));
  std::vector<int> want(20, 0);
  want.resize(40, 1);
  want.push_back(-1);
  EXPECT_EQ(names_of(found), want);
  EXPECT_EQ(found.stability.size(), 2U);
  EXPECT_EQ(found.strength.back(), 0.0);
  EXPECT_EQ(*std::ranges::max_element(found.strength), 1.0);
}

// HDBSCAN of scikit-learn 1.9 on the matrix of distances, its clusters numbered by first members. Item 37
// hangs by a distance that it shares with a split: there scikit-learn says -1 or 2 by the order of the items
// (of 30 shuffled orders 29 and 1, 6 and 24, 2 and 28 for 5, 8 and 10 items).
TEST(Hdbscan, AsSklearn) {
  struct Case {
    std::size_t min_cluster_size;
    std::size_t min_samples;
    std::vector<int> names;
    std::vector<double> strengths;  // of the first items
  };
  const std::vector<Case> cases{
      {5,
       5,
       {0,  1, 1,  -1, 1,  0, 0, 2,  2,  3, 1, 2, 1,  1,  2, 2,  0, 0, 0, 0, 2, 3, 0, 1, 3, 1, 1, 3, 0, 1,
        2,  3, 0,  0,  1,  1, 0, -1, -1, 3, 3, 0, -1, -1, 2, -1, 0, 2, 2, 1, 1, 0, 1, 2, 1, 2, 1, 1, 2, 2,
        -1, 3, -1, 3,  -1, 0, 0, 1,  3,  3, 2, 2, 2,  0,  2, 1,  0, 1, 2, 2, 0, 3, 1, 1, 1, 2, 1, 0, 1, 3},
       {1, 1, 0.954842886076, 0, 0.704957043995, 1, 1, 0.660813814752, 0.649484375718, 0.467479405149,
        0.983471622873, 1}},
      {3,
       2,
       {0,  1, 2,  -1, -1, 3, 0, 4,  4, 5, 2, 4, -1, 1, 4, 4, 3, 0, 0, 0, 4,  5, 0, -1, 6, 1, 7,  5,  3,  7,
        4,  6, 3,  0,  -1, 8, 0, -1, 9, 6, 6, 0, 10, 9, 4, 9, 0, 4, 4, 1, 1,  0, 1, 4,  7, 4, 11, 11, 4,  4,
        10, 6, 10, 6,  -1, 3, 0, 11, 6, 6, 4, 4, 4,  0, 4, 8, 0, 2, 4, 4, -1, 6, 8, 1,  8, 4, 11, 0,  -1, 5},
       {1, 0.598126020921, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1}},
      {8,
       4,
       {0,  1, 1, -1, 1,  0, 0, 2,  2,  3, 1, 2, 1, 1,  2, 2,  0, 0, 0, 0, 2, 3, 0, 1, 3, 1, 1, 3, 0, 1,
        2,  3, 0, 0,  1,  1, 0, -1, -1, 3, 3, 0, 2, -1, 2, -1, 0, 2, 2, 1, 1, 0, 1, 2, 1, 2, 1, 1, 2, 2,
        -1, 3, 2, 3,  -1, 0, 0, 1,  3,  3, 2, 2, 2, 0,  2, 1,  0, 1, 2, 2, 0, 3, 1, 1, 1, 2, 1, 0, 1, 3},
       {0.998110043042, 1, 0.911199095775, 0, 0.6019768612, 0.441930797601, 1, 0.769327177293, 0.769327177293,
        0.866157595846, 0.911199095775, 1}},
      {10,
       10,
       {0,  1, 1,  -1, 1,  0, 0, 2,  2,  3, 1, 2, 1,  1,  2, 2,  0, 0, 0, 0, 2, 3, 0, 1, 3, 1, 1, 3, 0, 1,
        2,  3, 0,  0,  -1, 1, 0, -1, -1, 3, 3, 0, -1, -1, 2, -1, 0, 2, 2, 1, 1, 0, 1, 2, 1, 2, 1, 1, 2, 2,
        -1, 3, -1, 3,  -1, 0, 0, 1,  3,  3, 2, 2, 2,  0,  2, 1,  0, 1, 2, 2, 0, 3, 1, 1, 1, 2, 1, 0, 1, 3},
       {1, 0.909716682356, 0.822074540334, 0, 0.662452974339, 0.729290349647, 1, 0.801421676798, 1, 1, 1,
        0.96737564185}}};
  const DistanceMatrix distances = distances_of(testing::heaps());
  for (const Case& c : cases) {
    const Clustering found = *hdbscan(distances, {c.min_cluster_size, c.min_samples, false, 0});
    EXPECT_EQ(names_of(found), c.names) << c.min_cluster_size;
    for (std::size_t i = 0; i < c.strengths.size(); ++i) {
      EXPECT_NEAR(found.strength[i], c.strengths[i], 1e-11) << c.min_cluster_size << ' ' << i;
    }
  }
}

TEST(Hdbscan, ScaleDoesNotMatter) {
  std::vector<float> points = testing::heaps();
  const auto before = names_of(*hdbscan(distances_of(points)));
  for (float& x : points) x *= 1024;
  EXPECT_EQ(names_of(*hdbscan(distances_of(points))), before);
}

TEST(Hdbscan, OrderOfItemsDoesNotMatter) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<float> points = testing::heaps(80, seed);
    if (seed % 2 == 0) {
      for (float& x : points) x = std::round(x);  // many equal distances, and copies
    }
    const HdbscanSettings settings{3 + seed % 5, 2 + seed % 7, false, 0};
    const Clustering before = *hdbscan(distances_of(points), settings);
    std::vector<std::size_t> order(80);
    testing::Lcg random(seed);
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
      std::swap(order[i], order[random.below(static_cast<std::uint32_t>(i + 1))]);
    }
    std::vector<float> shuffled;
    for (const std::size_t i : order) shuffled.insert(shuffled.end(), {points[2 * i], points[2 * i + 1]});
    const Clustering after = *hdbscan(distances_of(shuffled), settings);
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(after.cluster[i].has_value(), before.cluster[order[i]].has_value()) << seed;
      EXPECT_NEAR(after.strength[i], before.strength[order[i]], 1e-12) << seed;
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_EQ(after.cluster[i] == after.cluster[j], before.cluster[order[i]] == before.cluster[order[j]]);
      }
    }
  }
}

TEST(Hdbscan, ExactCopiesStayInTheirHeap) {
  // Ten copies of one point: were their density endless, they would be a cluster of their own.
  for (const std::uint64_t seed : {4U, 5U, 17U}) {
    std::vector<float> points = testing::heaps(60, seed);
    std::vector<int> want = names_of(*hdbscan(distances_of(points)));
    ASSERT_EQ(want[0], 0);
    want.resize(70, 0);
    for (int copy = 0; copy < 10; ++copy) points.insert(points.end(), {points[0], points[1]});
    const Clustering with = *hdbscan(distances_of(points));
    EXPECT_EQ(names_of(with), want) << seed;
    for (const double stability : with.stability) EXPECT_TRUE(std::isfinite(stability));
  }
}

TEST(Hdbscan, ItemsThatAreAllAlikeAreOneClusterIfThatIsAllowed) {
  const DistanceMatrix same = distances_of(std::vector<float>(60, 2.0F));
  EXPECT_EQ(names_of(*hdbscan(same)), std::vector<int>(30, -1));
  const Clustering one = *hdbscan(same, {5, std::nullopt, true, 0});
  EXPECT_EQ(names_of(one), std::vector<int>(30, 0));
  EXPECT_EQ(one.strength, std::vector<double>(30, 1.0));
}

TEST(Hdbscan, WithinTheResolutionNothingSplits) {
  std::vector<float> points;
  for (int i = 0; i < 60; ++i) {  // four pairs of places: far apart two by two, near within the two
    points.push_back(static_cast<float>(i % 4 < 2 ? 0 : 100) + static_cast<float>(i % 2));
    points.push_back(static_cast<float>(i / 4) * 0.001F);
  }
  EXPECT_EQ(hdbscan(distances_of(points))->stability.size(), 4U);
  EXPECT_EQ(hdbscan(distances_of(points), {5, std::nullopt, false, 1.5})->stability.size(), 2U);
}

TEST(Hdbscan, FewItemsAndSettings) {
  const DistanceMatrix none = *DistanceMatrix::of_square({}, 0);
  EXPECT_TRUE(hdbscan(none)->cluster.empty());
  const DistanceMatrix three = distances_of({0, 0, 1, 1, 2, 2});
  EXPECT_EQ(names_of(*hdbscan(three)), (std::vector<int>{-1, -1, -1}));
  EXPECT_EQ(names_of(*hdbscan(three, {2, 50, true, 0})), (std::vector<int>{0, 0, 0}));
  EXPECT_FALSE(hdbscan(three, {1, 1, false, 0}));
  EXPECT_FALSE(hdbscan(three, {2, 0, false, 0}));
  EXPECT_FALSE(hdbscan(three, {2, 1, false, -1}));
  EXPECT_FALSE(hdbscan(three, {2, 1, false, std::nan("")}));
}

}  // namespace
}  // namespace duologue::measure
