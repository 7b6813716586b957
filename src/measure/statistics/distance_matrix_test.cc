#include "measure/statistics/distance_matrix.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

TEST(DistanceMatrix, EuclideanByHand) {
  const std::vector<float> rows{0, 0, 3, 4, 3, 0};
  const DistanceMatrix matrix = *DistanceMatrix::of_rows(rows, 2, DistanceMetric::kEuclidean);
  EXPECT_EQ(matrix.items(), 3U);
  EXPECT_EQ(matrix.at(0, 1), 5.0);
  EXPECT_EQ(matrix.at(1, 0), 5.0);
  EXPECT_EQ(matrix.at(0, 2), 3.0);
  EXPECT_EQ(matrix.at(2, 1), 4.0);
  EXPECT_EQ(matrix.at(2, 2), 0.0);
}

TEST(DistanceMatrix, CosineByHandAndLengthsDoNotMatter) {
  const std::vector<float> rows{1, 0, 0, 2, -3, 0, 5, 5};
  const DistanceMatrix matrix = *DistanceMatrix::of_rows(rows, 2, DistanceMetric::kCosine);
  EXPECT_EQ(matrix.at(0, 1), 1.0);
  EXPECT_EQ(matrix.at(0, 2), 2.0);
  EXPECT_NEAR(matrix.at(0, 3), 1 - std::sqrt(0.5), 1e-12);
}

TEST(DistanceMatrix, EqualDirectionsAreExactlyZeroApart) {
  testing::Lcg random(1);
  std::vector<float> rows;
  for (int i = 0; i < 384; ++i) rows.push_back(static_cast<float>(random.below(1000)) / 999 - 0.5F);
  for (int i = 0; i < 384; ++i) rows.push_back(rows[i] * 3);
  EXPECT_EQ(DistanceMatrix::of_rows(rows, 384, DistanceMetric::kCosine)->at(0, 1), 0.0);
}

TEST(DistanceMatrix, LongRowsAreSummedWhole) {
  for (const std::size_t columns : {1U, 7U, 8U, 9U, 31U}) {
    std::vector<float> rows(columns, 0);
    double squares = 0;
    for (std::size_t i = 0; i < columns; ++i) {
      rows.push_back(static_cast<float>(i + 1));
      squares += static_cast<double>((i + 1) * (i + 1));
    }
    EXPECT_NEAR(DistanceMatrix::of_rows(rows, columns, DistanceMetric::kEuclidean)->at(0, 1),
                std::sqrt(squares), 1e-12);
  }
}

TEST(DistanceMatrix, OfASquare) {
  const std::vector<double> square{0, 1, 2, 1, 0, 3, 2, 3, 0};
  const DistanceMatrix matrix = *DistanceMatrix::of_square(square, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) EXPECT_EQ(matrix.at(i, j), square[i * 3 + j]);
  }
  for (const auto& bad : std::vector<std::vector<double>>{
           {0, 1, 2, 0}, {1, 1, 1, 0}, {0, -1, -1, 0}, {0, std::nan(""), std::nan(""), 0}, {0, 1, 1}}) {
    EXPECT_FALSE(DistanceMatrix::of_square(bad, 2));
  }
}

TEST(DistanceMatrix, NoneOneAndRefused) {
  EXPECT_EQ(DistanceMatrix::of_rows({}, 3, DistanceMetric::kEuclidean)->items(), 0U);
  EXPECT_EQ(DistanceMatrix::of_rows(std::vector<float>{1, 2, 3}, 3, DistanceMetric::kCosine)->items(), 1U);
  EXPECT_FALSE(DistanceMatrix::of_rows(std::vector<float>{1, 2, 3}, 2, DistanceMetric::kEuclidean));
  EXPECT_FALSE(DistanceMatrix::of_rows(std::vector<float>{1, 2, 3}, 0, DistanceMetric::kEuclidean));
  EXPECT_FALSE(DistanceMatrix::of_rows(std::vector<float>{0, 0, 1, 0}, 2, DistanceMetric::kCosine));
  EXPECT_TRUE(DistanceMatrix::of_rows(std::vector<float>{0, 0, 1, 0}, 2, DistanceMetric::kEuclidean));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(DistanceMatrix::of_rows(std::vector<float>{1, nan}, 2, DistanceMetric::kEuclidean));
  const std::vector<float> many(kMostItems + 1, 1.0F);
  EXPECT_FALSE(DistanceMatrix::of_rows(many, 1, DistanceMetric::kEuclidean));
}

}  // namespace
}  // namespace duologue::measure
