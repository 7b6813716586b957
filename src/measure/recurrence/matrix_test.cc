#include "measure/recurrence/matrix.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "measure/projections/testing/random_points.h"

namespace duologue::measure {
namespace {

// Every cell against doubles, but for cosines within 1e-6 of the threshold.
void expect_upper(const Points& points, double threshold, int threads) {
  const auto made = recurrence_of(points, threshold, threads);
  ASSERT_TRUE(made) << made.error().message;
  std::size_t recurring = 0;
  for (std::size_t i = 0; i < points.rows; ++i) {
    for (std::size_t j = 0; j < points.rows; ++j) {
      const bool found = made->upper.at(i, j);
      recurring += found;
      if (j <= i) {
        ASSERT_FALSE(found) << i << ' ' << j;
        continue;
      }
      const double cosine = testing::cosine(points.row(i), points.row(j));
      if (std::abs(cosine - threshold) > 1e-6) {
        ASSERT_EQ(found, cosine > threshold) << i << ' ' << j << ' ' << cosine;
      }
    }
  }
  EXPECT_GT(recurring, 0u);
  for (std::size_t i = 0; i < points.rows && points.rows % 64 != 0; ++i) {
    ASSERT_EQ(made->upper.row(i).back() >> (points.rows % 64), 0u) << "bits past the last column";
  }
}

TEST(RecurrenceMatrix, AgreesWithPlainCosines) {
  for (const auto& [rows, columns] :
       {std::pair{3u, 1u}, {63u, 5u}, {64u, 16u}, {65u, 17u}, {200u, 384u}, {331u, 40u}, {130u, 4096u}}) {
    const Points points = testing::clustered_points(rows, columns, 1, 1.5, rows);
    expect_upper(points, columns == 1 ? 0.5 : 0.69, 1);
  }
}

TEST(RecurrenceMatrix, LengthsDontMatter) {
  Points points = testing::clustered_points(100, 20, 2, 2, 5);
  const auto made = recurrence_of(points, 0.5);
  // Down to floats without full precision: what counts is that no turn is lost or made.
  for (const auto& [row, scale] : {std::pair{3u, 1e18F}, {4u, 1e-18F}, {5u, 1e30F}, {6u, 1e-36F}}) {
    for (float& value : points.row(row)) value *= scale;
  }
  const auto scaled = recurrence_of(points, 0.5);
  ASSERT_TRUE(made && scaled);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(std::ranges::equal(made->upper.row(i), scaled->upper.row(i))) << i;
  }
}

TEST(RecurrenceMatrix, ThreadsChangeNothing) {
  const Points points = testing::clustered_points(700, 33, 5, 1, 5);
  const auto one = recurrence_of(points, 0.4, 1);
  const auto three = recurrence_of(points, 0.4, 3);
  ASSERT_TRUE(one && three);
  for (std::size_t i = 0; i < points.rows; ++i) {
    ASSERT_TRUE(std::ranges::equal(one->upper.row(i), three->upper.row(i)));
  }
  expect_upper(points, 0.4, 2);
}

TEST(RecurrenceMatrix, ZerosRecurWithNothing) {
  const Points points{3, 2, {0, 0, 1, 0, 0, 0}};
  const auto made = recurrence_of(points, 0);
  ASSERT_TRUE(made);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(made->upper.row(i)[0], 0u);
}

TEST(RecurrenceMatrix, CrossComparesAllWithAll) {
  const Points a = testing::clustered_points(70, 30, 3, 1, 1);
  const Points b = testing::clustered_points(131, 30, 3, 1, 1);
  const auto made = cross_recurrence_of(a, b, 0.3, 2);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->cells.rows(), 70u);
  EXPECT_EQ(made->cells.columns(), 131u);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < b.rows; ++j) {
      const double cosine = testing::cosine(a.row(i), b.row(j));
      if (std::abs(cosine - 0.3) > 1e-6) {
        ASSERT_EQ(made->cells.at(i, j), cosine > 0.3);
      }
    }
  }
}

TEST(RecurrenceMatrix, OfSymbolsAndOfAQuestion) {
  testing::Lcg random(5);
  std::vector<std::uint32_t> symbols(300);
  for (auto& symbol : symbols) symbol = random.below(9) * 1'000'000'000U;
  const auto made = recurrence_of(symbols);
  const auto asked = recurrence_where(symbols.size(),
                                      [&](std::size_t i, std::size_t j) { return symbols[i] == symbols[j]; });
  ASSERT_TRUE(made && asked);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    ASSERT_TRUE(std::ranges::equal(made->upper.row(i), asked->upper.row(i))) << i;
    for (std::size_t j = 0; j < symbols.size(); ++j) {
      ASSERT_EQ(made->upper.at(i, j), j > i && symbols[i] == symbols[j]);
    }
  }
  const auto cross = cross_recurrence_where(2, 3, [](std::size_t i, std::size_t j) { return j == i + 1; });
  ASSERT_TRUE(cross);
  EXPECT_EQ(cross->cells.row(0)[0], 2u);
  EXPECT_EQ(cross->cells.row(1)[0], 4u);
}

TEST(RecurrenceMatrix, TakesNoneAndOne) {
  EXPECT_EQ(recurrence_of(Points{}, 0.5)->turns(), 0u);
  EXPECT_EQ(recurrence_of(Points{1, 1, {1}}, 0.5)->upper.row(0)[0], 0u);
  EXPECT_EQ(recurrence_of(std::span<const std::uint32_t>{})->turns(), 0u);
}

TEST(RecurrenceMatrix, RefusesWhatItCantUse) {
  const Points points = testing::normal_points(4, 2, 1);
  for (const double threshold : {-0.1, 1.0, std::nan("")}) {
    const auto made = recurrence_of(points, threshold);
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find("give one from 0 to below 1"), std::string::npos);
  }
  EXPECT_FALSE(recurrence_of(points, 0.5, 0));
  EXPECT_FALSE(recurrence_of(make_points(kMaxRecurrenceTurns + 1, 1), 0.5));
  EXPECT_FALSE(recurrence_of(std::vector<std::uint32_t>(kMaxRecurrenceTurns + 1)));
  EXPECT_FALSE(recurrence_where(kMaxRecurrenceTurns + 1, [](std::size_t, std::size_t) { return true; }));
  Points bad = points;
  bad.values[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(recurrence_of(bad, 0.5).error().message,
            "recurrence: the number in row 3, column 2 is nan: leave that row out");
  const auto cross = cross_recurrence_of(points, make_points(4, 3), 0.5);
  ASSERT_FALSE(cross);
  EXPECT_NE(cross.error().message.find("vectors of 2 and of 3 numbers"), std::string::npos);
}

}  // namespace
}  // namespace duologue::measure
