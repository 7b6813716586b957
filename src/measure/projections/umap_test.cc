#include "measure/projections/umap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "measure/projections/neighbours.h"
#include "measure/projections/testing/random_points.h"

namespace duologue::measure {
namespace {

double same_cluster(const Points& picture, std::size_t clusters) {
  const NeighbourLists lists = nearest_neighbours(picture, 1, 1);
  std::size_t same = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    same += static_cast<std::size_t>(lists[i].front().first) % clusters == i % clusters;
  }
  return static_cast<double>(same) / static_cast<double>(lists.size());
}

void expect_finite(const Points& picture) {
  EXPECT_TRUE(std::ranges::all_of(picture.values, [](float value) { return std::isfinite(value); }));
}

// Clusters far apart leave a graph of several parts (started by lot), near ones a whole one (started from its
// eigenvectors).
TEST(Umap, KeepsClusters) {
  for (const double apart : {1.5, 20.0}) {
    const auto picture = umap(testing::clustered_points(300, 20, 3, apart, 1));
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_EQ(picture->rows, 300u);
    EXPECT_EQ(picture->columns, 2u);
    expect_finite(*picture);
    EXPECT_GT(same_cluster(*picture, 3), 0.99) << apart;
  }
}

TEST(Umap, IsTheSameToTheBitWhateverTheThreads) {
  const Points points = testing::clustered_points(300, 10, 3, 1, 2);
  const auto one = umap(points);
  ASSERT_TRUE(one);
  EXPECT_EQ(umap(points)->values, one->values);
  EXPECT_EQ(umap(points, {.threads = 2})->values, one->values);
  EXPECT_EQ(umap(points, {.threads = 5})->values, one->values);
  EXPECT_NE(umap(points, {.seed = 1})->values, one->values);
}

// Their squares would overflow, or vanish.
TEST(Umap, SizesDontMatter) {
  const Points points = testing::clustered_points(60, 5, 3, 3, 4);
  const auto picture = umap(points);
  ASSERT_TRUE(picture);
  for (const float scale : {0x1p110F, 0x1p-110F}) {
    Points other = points;
    for (float& value : other.values) value *= scale;
    EXPECT_EQ(umap(other)->values, picture->values);
  }
}

TEST(Umap, TakesFewRowsEqualRowsAndRowsOnALine) {
  for (const std::size_t rows : {kLeastUmapRows, kLeastUmapRows + 1, std::size_t{9}, std::size_t{40}}) {
    Points line = make_points(rows, 3);
    for (std::size_t i = 0; i < rows; ++i) line.row(i)[1] = static_cast<float>(i);
    for (const Points& points : {line, Points{rows, 2, std::vector<float>(2 * rows, 0.5F)}}) {
      const auto picture = umap(points);
      ASSERT_TRUE(picture) << picture.error().message;
      expect_finite(*picture);
    }
  }
}

TEST(Umap, RefusesWhatItCantUse) {
  const auto message = [](const Points& points, const UmapOptions& options) {
    const auto picture = umap(points, options);
    return picture ? std::string("fine") : picture.error().message;
  };
  const Points points = testing::normal_points(10, 2, 1);
  EXPECT_EQ(message(make_points(3, 2), {}), "UMAP: 3 rows are too few, it needs at least 4");
  EXPECT_EQ(message(points, {.neighbours = 10}), "UMAP: 10 rows have at most 9 neighbours each, not 10");
  EXPECT_EQ(message(points, {.neighbours = 1}), "UMAP: 1 neighbours: give 2 to 256");
  EXPECT_EQ(message(points, {.least_distance = std::nan("")}), "UMAP: a least distance of nan: give 0 to 1");
  EXPECT_EQ(message(points, {.threads = 0}), "0 threads: give 1 to 256");
  Points bad = points;
  bad.values[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message(bad, {}), "UMAP: the number in row 1, column 1 is nan: leave that row out");
  EXPECT_EQ(message(points, {.neighbours = 9, .least_distance = 0}), "fine");
}

}  // namespace
}  // namespace duologue::measure
