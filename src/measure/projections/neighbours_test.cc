#include "measure/projections/neighbours.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "measure/projections/testing/random_points.h"

namespace duologue::measure {
namespace {

NeighbourLists plain(const Points& points, std::size_t count) {
  NeighbourLists lists(points.rows);
  for (std::size_t i = 0; i < points.rows; ++i) {
    for (std::size_t j = 0; j < points.rows; ++j) {
      if (j == i) continue;
      lists[i].emplace_back(static_cast<int>(j),
                            static_cast<float>(testing::distance(points.row(i), points.row(j))));
    }
    std::ranges::sort(lists[i], [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second < b.second : a.first < b.first;
    });
    lists[i].resize(count);
  }
  return lists;
}

TEST(Neighbours, AreThoseOfAPlainSearch) {
  for (const auto& [rows, columns, count] :
       {std::tuple{2u, 1u, 1u}, {7u, 3u, 6u}, {97u, 5u, 20u}, {500u, 50u, 90u}, {300u, 384u, 15u}}) {
    const Points points = testing::clustered_points(rows, columns, 4, 3, rows);
    EXPECT_EQ(nearest_neighbours(points, count, 1), plain(points, count)) << rows;
  }
}

TEST(Neighbours, OfRowsFarFromTheOrigin) {
  Points points = testing::normal_points(200, 20, 3);
  for (float& value : points.values) value += 1'000.0F;
  EXPECT_EQ(nearest_neighbours(points, 10, 1), plain(points, 10));
}

TEST(Neighbours, DontDependOnTheNumberOfThreads) {
  const Points points = testing::normal_points(1'000, 30, 9);
  const NeighbourLists one = nearest_neighbours(points, 30, 1);
  EXPECT_EQ(nearest_neighbours(points, 30, 2), one);
  EXPECT_EQ(nearest_neighbours(points, 30, 5), one);
}

TEST(Neighbours, OfEqualRowsAreAtDistanceZeroAndNeverTheRowItself) {
  const Points points{150, 2, std::vector<float>(300, 0.25F)};
  const NeighbourLists lists = nearest_neighbours(points, 5, 1);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    ASSERT_EQ(lists[i].size(), 5u);
    std::set<int> seen{static_cast<int>(i)};
    for (const auto& [row, distance] : lists[i]) {
      EXPECT_EQ(distance, 0.0F);
      EXPECT_TRUE(seen.insert(row).second);
    }
  }
  EXPECT_EQ(lists[0].front().first, 1);
  EXPECT_TRUE(nearest_neighbours(points, 0, 1)[3].empty());
}

}  // namespace
}  // namespace duologue::measure
