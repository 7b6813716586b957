#include "measure/projections/pca.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "measure/projections/testing/random_points.h"

namespace duologue::measure {
namespace {

Points example() {
  return {8, 3, {2.5F, 2.4F, 0.5F, 0.5F, 0.7F, 1.5F,   2.2F, 2.9F, -0.5F, 1.9F, 2.2F, 0.25F,
                 3.1F, 3.0F, 1.0F, 2.3F, 2.7F, -1.25F, 2.0F, 1.6F, 0.75F, 1.0F, 1.1F, 2.0F}};
}

// Values of numpy 2.3, linalg.svd of the centred rows, each direction's largest number made positive.
TEST(Pca, AgreesWithASingularValueDecomposition) {
  const auto pca = Pca::fit(example(), 3);
  ASSERT_TRUE(pca);
  const std::array<double, 9> directions{-0.5019138798, -0.5754530182, 0.645706033,
                                         0.5979340801,  0.3085639462,  0.739772348,
                                         -0.6249458321, 0.7573916522,  0.1892104437};
  const std::array<double, 3> variance{2.0109054169, 0.4703936938, 0.0349062501};
  const std::array<double, 3> explained{0.7991817553, 0.1869456687, 0.013872576};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(pca->direction(i)[k], directions[3 * i + k], 1e-9);
    EXPECT_NEAR(pca->variance()[i], variance[i], 1e-9);
    EXPECT_NEAR(*pca->explained(i), explained[i], 1e-9);
  }
  const auto projected = pca->project(example());
  ASSERT_TRUE(projected);
  const std::array<double, 6> first{-0.489527141, 0.4135033427,  -0.1112925375,
                                    2.1382768443, -0.5671512113, 0.0402436804};
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(projected->values[i], first[i], 1e-6);
}

TEST(Pca, ProjectsNewRowsOntoTheSameDirections) {
  const auto pca = Pca::fit(example(), 2);
  ASSERT_TRUE(pca);
  const auto all = pca->project(example());
  Points one{1, 3, {1.9F, 2.2F, 0.25F}};
  const auto alone = pca->project(one);
  ASSERT_TRUE(all && alone);
  EXPECT_EQ(alone->row(0)[0], all->row(3)[0]);
  EXPECT_EQ(alone->row(0)[1], all->row(3)[1]);
  ASSERT_FALSE(pca->project(make_points(1, 2)));
  EXPECT_NE(pca->project(make_points(1, 2)).error().message.find("same embedder"), std::string::npos);
  EXPECT_EQ(pca->project(make_points(0, 3))->rows, 0u);
}

// The same answer from the covariance, from the rows' products, and from IRLBA.
TEST(Pca, ItsThreeWaysAgree) {
  const Points tall = testing::clustered_points(60, 20, 5, 3, 4);
  Points wide = make_points(60, 90);
  for (std::size_t i = 0; i < 60; ++i) std::ranges::copy(tall.row(i), wide.row(i).begin());
  Points large = make_points(1'100, 1'090);
  Points large_tall = make_points(1'100, 20);
  for (std::size_t i = 0; i < 1'100; ++i) {
    std::ranges::copy(tall.row(i % 60), large.row(i).begin());
    std::ranges::copy(tall.row(i % 60), large_tall.row(i).begin());
  }
  const auto compare = [](const Points& a, const Points& b) {
    const auto one = Pca::fit(a, 3);
    const auto other = Pca::fit(b, 3);
    ASSERT_TRUE(one) << one.error().message;
    ASSERT_TRUE(other) << other.error().message;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(one->variance()[i], other->variance()[i], 1e-7 * one->variance()[0]);
      for (std::size_t k = 0; k < 20; ++k) EXPECT_NEAR(one->direction(i)[k], other->direction(i)[k], 1e-6);
    }
  };
  compare(tall, wide);
  compare(large_tall, large);
}

TEST(Pca, DirectionsAreOrthonormalAndTheirLargestNumberPositive) {
  const auto pca = Pca::fit(testing::normal_points(200, 40, 8), 10);
  ASSERT_TRUE(pca);
  for (std::size_t i = 0; i < 10; ++i) {
    double largest = 0;
    for (const double value : pca->direction(i)) {
      if (std::abs(value) > std::abs(largest)) largest = value;
    }
    EXPECT_GT(largest, 0);
    for (std::size_t j = 0; j < 10; ++j) {
      double dot = 0;
      for (std::size_t k = 0; k < 40; ++k) dot += pca->direction(i)[k] * pca->direction(j)[k];
      EXPECT_NEAR(dot, i == j ? 1 : 0, 1e-12);
    }
    if (i > 0) {
      EXPECT_LE(pca->variance()[i], pca->variance()[i - 1]);
    }
  }
}

// Rows on one line, and fewer rows than components: the rest is nothing, not noise.
TEST(Pca, DirectionsWithoutVarianceAreZero) {
  Points line = make_points(50, 6);
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t k = 0; k < 6; ++k) line.row(i)[k] = static_cast<float>(i * (k + 1)) * 0.25F;
  }
  const auto pca = Pca::fit(line, 3);
  ASSERT_TRUE(pca);
  EXPECT_NEAR(*pca->explained(0), 1, 1e-12);
  EXPECT_EQ(pca->variance()[1], 0);
  EXPECT_EQ(pca->direction(1)[5], 0);
  EXPECT_EQ(pca->project(line)->row(7)[2], 0);

  const auto two_rows = Pca::fit(testing::normal_points(2, 5, 1), 4);
  ASSERT_TRUE(two_rows);
  EXPECT_GT(two_rows->variance()[0], 0);
  EXPECT_EQ(two_rows->variance()[1], 0);

  const auto one_column = Pca::fit(testing::normal_points(9, 1, 1), 2);
  ASSERT_TRUE(one_column);
  EXPECT_EQ(one_column->direction(0)[0], 1);
  EXPECT_EQ(one_column->direction(1)[0], 0);
}

TEST(Pca, EqualRowsHaveNoVarianceToExplain) {
  const auto pca = Pca::fit({100, 3, std::vector<float>(300, 0.1F)}, 2);
  ASSERT_TRUE(pca);
  EXPECT_EQ(pca->variance()[0], 0);
  EXPECT_FALSE(pca->explained(0));
  EXPECT_EQ(pca->project(make_points(1, 3))->row(0)[0], 0);
}

TEST(Pca, TheSameRowsGiveTheSameBits) {
  const Points points = testing::normal_points(300, 50, 2);
  const auto one = Pca::fit(points, 5);
  const auto two = Pca::fit(points, 5);
  ASSERT_TRUE(one && two);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(std::ranges::equal(one->direction(i), two->direction(i)));
  }
}

TEST(Pca, RefusesWhatItCantUse) {
  EXPECT_FALSE(Pca::fit(make_points(1, 3), 2));
  EXPECT_FALSE(Pca::fit(example(), 0));
  EXPECT_FALSE(Pca::fit(example(), kMaxPcaComponents + 1));
  Points bad = example();
  bad.values[4] = std::numeric_limits<float>::quiet_NaN();
  const auto pca = Pca::fit(bad, 2);
  ASSERT_FALSE(pca);
  EXPECT_NE(pca.error().message.find("row 2, column 2"), std::string::npos);
}

}  // namespace
}  // namespace duologue::measure
