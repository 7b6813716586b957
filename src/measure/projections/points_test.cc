#include "measure/projections/points.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

TEST(Points, RowsOfOneWidth) {
  const std::vector<std::vector<float>> rows{{1, 2, 3}, {4, 5, 6}};
  const auto points = points_of(rows);
  ASSERT_TRUE(points);
  EXPECT_EQ(points->rows, 2u);
  EXPECT_EQ(points->columns, 3u);
  EXPECT_EQ(points->row(1)[2], 6.0F);
  EXPECT_EQ(points_of({})->rows, 0u);
}

TEST(Points, UnequalRowsAreNamed) {
  const std::vector<std::vector<float>> rows{{1, 2, 3}, {4, 5, 6}, {7}};
  const auto points = points_of(rows);
  ASSERT_FALSE(points);
  EXPECT_EQ(points.error().message, "row 3 has 1 numbers, row 1 has 3: all rows must come from one embedder");
}

TEST(Points, JoinsPartsAndLeavesOutEmptyOnes) {
  const std::vector<Points> parts{{1, 2, {1, 2}}, {}, {2, 2, {3, 4, 5, 6}}};
  const auto all = joined(parts);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->rows, 3u);
  EXPECT_EQ(all->values, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  const std::vector<Points> unequal{{1, 2, {1, 2}}, {1, 1, {3}}};
  ASSERT_FALSE(joined(unequal));
  EXPECT_NE(joined(unequal).error().message.find("part 2 has rows of 1 numbers"), std::string::npos);
}

TEST(Points, ScaledByAPowerOfTwo) {
  const Points small{2, 2, {1e-40F, 0, -2e-40F, 1.5e-40F}};
  EXPECT_EQ(scaled({2, 2, {3, 0, -6, 4.5F}}).values, (std::vector<float>{0.375F, 0, -0.75F, 0.5625F}));
  EXPECT_EQ(scaled({1, 2, {1.5F * 0x1p127F, 0x1p127F}}).values, (std::vector<float>{0.75F, 0.5F}));
  EXPECT_NEAR(scaled(small).values[2] / scaled(small).values[0], -2, 1e-4);
  EXPECT_GE(std::abs(scaled(small).values[2]), 0.5F);
  EXPECT_EQ(scaled({1, 2, {0, 0}}).values, (std::vector<float>{0, 0}));
  EXPECT_TRUE(scaled(Points{}).values.empty());
}

TEST(Points, ChecksNameWhatIsWrongAndWhere) {
  const auto wrong = [](const Points& points) {
    const auto status = check_points(points, 2, 4, "a picture");
    return status ? std::string("fine") : status.error().message;
  };
  EXPECT_EQ(wrong({2, 2, {1, 2, 3, 4}}), "fine");
  EXPECT_EQ(wrong({1, 2, {1, 2}}), "a picture: 1 rows are too few, it needs at least 2");
  EXPECT_EQ(wrong(make_points(5, 1)), "a picture: 5 rows are too many, it takes at most 4: leave some out");
  EXPECT_EQ(wrong(make_points(2, 0)), "a picture: rows of 0 numbers, it takes 1 to 16384");
  EXPECT_EQ(wrong({2, 2, {1, 2, 3}}), "a picture: 3 numbers aren't 2 rows of 2");
  EXPECT_EQ(wrong({2, 2, {1, 2, 3, std::nanf("")}}),
            "a picture: the number in row 2, column 2 is nan: leave that row out");
  EXPECT_EQ(wrong({2, 2, {1, -std::numeric_limits<float>::infinity(), 3, 4}}),
            "a picture: the number in row 1, column 2 is -inf: leave that row out");
}

}  // namespace
}  // namespace duologue::measure
