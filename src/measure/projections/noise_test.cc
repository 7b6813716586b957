#include "measure/projections/noise.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "measure/projections/testing/random_points.h"

namespace duologue::measure {
namespace {

std::set<std::vector<float>> distinct(const Points& points) {
  std::set<std::vector<float>> rows;
  for (std::size_t i = 0; i < points.rows; ++i) rows.emplace(points.row(i).begin(), points.row(i).end());
  return rows;
}

TEST(Noise, NormalNumbersHaveMeanZeroAndVarianceOne) {
  Normal normal(1, 0);
  Normal other_use(1, 1);
  double sum = 0;
  double squares = 0;
  double products = 0;
  constexpr int kCount = 20'000;
  for (int i = 0; i < kCount; ++i) {
    const double x = normal.next();
    sum += x;
    squares += x * x;
    products += x * other_use.next();
  }
  EXPECT_NEAR(sum / kCount, 0, 0.03);
  EXPECT_NEAR(squares / kCount, 1, 0.05);
  EXPECT_NEAR(products / kCount, 0, 0.03);
}

TEST(Noise, LeavesUnequalRowsAlone) {
  const Points points = testing::normal_points(50, 4, 1);
  EXPECT_EQ(jittered(points, 7).values, points.values);
  EXPECT_TRUE(jittered(Points{}, 7).values.empty());
}

TEST(Noise, TellsEqualRowsApartAndKeepsTheFirst) {
  Points points = testing::normal_points(30, 4, 1);
  for (const std::size_t copy : {5u, 17u, 29u}) std::ranges::copy(points.row(2), points.row(copy).begin());
  const Points made = jittered(points, 7);
  EXPECT_EQ(distinct(made).size(), 30u);
  for (std::size_t i = 0; i < 30; ++i) {
    const double moved = testing::distance(made.row(i), points.row(i));
    const bool copy = i == 5 || i == 17 || i == 29;
    EXPECT_EQ(moved > 0, copy) << i;
    EXPECT_LT(moved, 1e-3);
  }
  EXPECT_EQ(jittered(points, 7).values, made.values);
  EXPECT_NE(jittered(points, 8).values, made.values);
}

// Of any size: 0, tiny, huge, and far from the origin compared with the spread.
TEST(Noise, TellsRowsApartThatAreAllEqual) {
  for (const float value : {0.0F, 1e-30F, 0.05F, 1e20F}) {
    const Points points{40, 3, std::vector<float>(120, value)};
    EXPECT_EQ(distinct(jittered(points, 7)).size(), 40u) << value;
  }
}

TEST(Noise, ZerosOfBothSignsAreEqual) {
  const Points points{2, 1, {0.0F, -0.0F}};
  const Points made = jittered(points, 7);
  EXPECT_NE(made.values[0], made.values[1]);
}

TEST(Noise, ShufflesTurnsWithinTheirTrajectories) {
  const std::vector<std::size_t> order = shuffled_turns({10, 0, 1, 30}, 7);
  ASSERT_EQ(order.size(), 41u);
  const auto sorted = [](std::vector<std::size_t> part) {
    std::ranges::sort(part);
    return part;
  };
  std::vector<std::size_t> all(41);
  std::iota(all.begin(), all.end(), std::size_t{0});
  EXPECT_NE(order, all);
  EXPECT_EQ(sorted({order.begin(), order.begin() + 10}), std::vector(all.begin(), all.begin() + 10));
  EXPECT_EQ(order[10], 10u);
  EXPECT_EQ(sorted({order.begin() + 11, order.end()}), std::vector(all.begin() + 11, all.end()));
  EXPECT_EQ(shuffled_turns({10, 0, 1, 30}, 7), order);
  EXPECT_NE(shuffled_turns({10, 0, 1, 30}, 8), order);
  EXPECT_TRUE(shuffled_turns({}, 7).empty());
}

// Every order of three turns, about equally often.
TEST(Noise, ShufflesAreUniform) {
  std::vector<int> seen(27);
  constexpr int kDraws = 6'000;
  for (int seed = 0; seed < kDraws; ++seed) {
    const std::vector<std::size_t> order = shuffled_turns({3}, static_cast<std::uint64_t>(seed));
    ++seen[order[0] * 9 + order[1] * 3 + order[2]];
  }
  int orders = 0;
  for (const int count : seen) {
    if (count == 0) continue;
    ++orders;
    EXPECT_NEAR(count, kDraws / 6, 120);
  }
  EXPECT_EQ(orders, 6);
}

}  // namespace
}  // namespace duologue::measure
