#include "measure/statistics/average_linkage.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "measure/statistics/testing/points.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Names = std::vector<std::uint32_t>;

DistanceMatrix distances_of(const std::vector<float>& points) {
  return *DistanceMatrix::of_rows(points, 2, DistanceMetric::kEuclidean);
}

// The definition: merge the two clusters with the least mean distance, with no help from any structure.
std::vector<double> plain_heights(const DistanceMatrix& distances) {
  std::vector<std::vector<std::size_t>> clusters;
  for (std::size_t i = 0; i < distances.items(); ++i) clusters.push_back({i});
  std::vector<double> heights;
  while (clusters.size() > 1) {
    double best = std::numeric_limits<double>::infinity();
    std::pair<std::size_t, std::size_t> pair;
    for (std::size_t a = 0; a < clusters.size(); ++a) {
      for (std::size_t b = a + 1; b < clusters.size(); ++b) {
        double sum = 0;
        for (const std::size_t i : clusters[a]) {
          for (const std::size_t j : clusters[b]) sum += distances.at(i, j);
        }
        sum /= static_cast<double>(clusters[a].size() * clusters[b].size());
        if (sum < best) {
          best = sum;
          pair = {a, b};
        }
      }
    }
    heights.push_back(best);
    auto& into = clusters[pair.first];
    into.insert(into.end(), clusters[pair.second].begin(), clusters[pair.second].end());
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(pair.second));
  }
  return heights;
}

TEST(AverageLinkage, IsTheDefinition) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const DistanceMatrix distances = distances_of(testing::heaps(40, seed));
    const std::vector<Merge> merges = average_linkage(distances);
    const std::vector<double> plain = plain_heights(distances);
    ASSERT_EQ(merges.size(), plain.size());
    for (std::size_t k = 0; k < merges.size(); ++k) {
      EXPECT_NEAR(merges[k].height, plain[k], 1e-9);
      EXPECT_LT(merges[k].left, merges[k].right);
      EXPECT_LT(merges[k].right, 40 + k);
    }
    EXPECT_EQ(merges.back().size, 40U);
    EXPECT_TRUE(std::ranges::is_sorted(merges, {}, &Merge::height));
  }
}

TEST(AverageLinkage, AsScipy) {  // linkage(..., "average") and fcluster of scipy 1.17
  const std::vector<Merge> merges = average_linkage(distances_of(testing::heaps()));
  ASSERT_EQ(merges.size(), 89U);
  const auto expect_merge = [&](std::size_t k, const Merge& want) {
    EXPECT_EQ(merges[k].left, want.left) << k;
    EXPECT_EQ(merges[k].right, want.right) << k;
    EXPECT_NEAR(merges[k].height, want.height, 1e-10) << k;
    EXPECT_EQ(merges[k].size, want.size) << k;
  };
  expect_merge(0, {5, 32, 0.114232200012, 2});
  expect_merge(1, {66, 73, 0.149375375442, 2});
  expect_merge(2, {17, 33, 0.150748139566, 2});
  expect_merge(85, {37, 169, 15.5340350951, 3});
  expect_merge(86, {164, 171, 18.8680560211, 24});
  expect_merge(87, {174, 175, 22.4346785888, 66});
  expect_merge(88, {176, 177, 34.0660498014, 90});
  double sum = 0;
  for (const Merge& merge : merges) sum += merge.height;
  EXPECT_NEAR(sum, 289.786193441, 1e-9);
  const Names four = {0, 0, 0, 1, 0, 0, 0, 2, 2, 0, 0, 2, 0, 0, 2, 2, 0, 0, 0, 0, 2, 0, 0,
                      0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 2, 0,
                      0, 2, 2, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 2, 3, 0, 3, 0, 1, 0, 0, 0, 0,
                      0, 2, 2, 2, 0, 2, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0};
  EXPECT_EQ(clusters_of_count(merges, 4), four);
  EXPECT_EQ(std::ranges::max(clusters_at_height(merges, 6.0)), 14U);
}

TEST(AverageLinkage, FourPointsByHand) {
  const std::vector<float> points{0, 0, 1, 0, 10, 0, 12, 0};
  const std::vector<Merge> merges = average_linkage(distances_of(points));
  ASSERT_EQ(merges.size(), 3U);
  EXPECT_EQ(merges[0].height, 1.0);
  EXPECT_EQ(merges[1].height, 2.0);
  EXPECT_NEAR(merges[2].height, (10 + 12 + 9 + 11) / 4.0, 1e-12);
  EXPECT_EQ(merges[2].left, 4U);
  EXPECT_EQ(merges[2].right, 5U);
  EXPECT_EQ(clusters_at_height(merges, 0.5), (Names{0, 1, 2, 3}));
  EXPECT_EQ(clusters_at_height(merges, 1.0), (Names{0, 0, 1, 2}));
  EXPECT_EQ(clusters_at_height(merges, 5), (Names{0, 0, 1, 1}));
  EXPECT_EQ(clusters_at_height(merges, 11), (Names{0, 0, 0, 0}));
}

TEST(AverageLinkage, AsManyClustersAsAskedFor) {
  const std::vector<Merge> merges = average_linkage(distances_of(testing::heaps()));
  for (const std::size_t count : {1U, 2U, 7U, 89U, 90U}) {
    const Names names = clusters_of_count(merges, count);
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), count);
    std::uint32_t next = 0;
    for (const std::uint32_t name : names) {  // numbered by first members
      EXPECT_LE(name, next);
      next = std::max(next, name + 1);
    }
  }
  EXPECT_EQ(clusters_of_count(merges, 0), clusters_of_count(merges, 1));
  EXPECT_EQ(clusters_of_count(merges, 1000), clusters_of_count(merges, 90));
}

TEST(AverageLinkage, EqualItemsAndEqualDistancesEnd) {
  const std::vector<float> same(400, 1.0F);  // 200 items at one place
  const std::vector<Merge> merges = average_linkage(distances_of(same));
  EXPECT_EQ(merges.size(), 199U);
  EXPECT_EQ(merges.back().height, 0.0);
  std::vector<double> square(30 * 30, 1.0);
  for (std::size_t i = 0; i < 30; ++i) square[i * 31] = 0;
  EXPECT_EQ(average_linkage(*DistanceMatrix::of_square(square, 30)).back().size, 30U);
}

TEST(AverageLinkage, NoneAndOne) {
  EXPECT_TRUE(average_linkage(*DistanceMatrix::of_square({}, 0)).empty());
  EXPECT_TRUE(average_linkage(distances_of({1, 2})).empty());
  EXPECT_EQ(clusters_at_height({}, 1.0), (Names{0}));
}

}  // namespace
}  // namespace duologue::measure
