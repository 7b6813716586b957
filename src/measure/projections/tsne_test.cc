#include "measure/projections/tsne.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "measure/projections/neighbours.h"
#include "measure/projections/testing/random_points.h"

namespace duologue::measure {
namespace {

// The share of rows whose nearest row in the picture is of the same cluster (clustered_points).
double same_cluster(const Points& picture, std::size_t clusters) {
  const NeighbourLists lists = nearest_neighbours(picture, 1, 1);
  std::size_t same = 0;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    same += static_cast<std::size_t>(lists[i].front().first) % clusters == i % clusters;
  }
  return static_cast<double>(same) / static_cast<double>(lists.size());
}

// The share of the `count` nearest rows that are among the nearest in the picture too.
double recall(const Points& points, const Points& picture, std::size_t count) {
  const NeighbourLists before = nearest_neighbours(points, count, 1);
  const NeighbourLists after = nearest_neighbours(picture, count, 1);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    std::set<int> near;
    for (const auto& neighbour : after[i]) near.insert(neighbour.first);
    for (const auto& neighbour : before[i]) kept += near.count(neighbour.first);
  }
  return static_cast<double>(kept) / static_cast<double>(count * before.size());
}

void expect_finite(const Points& picture) {
  EXPECT_TRUE(std::ranges::all_of(picture.values, [](float value) { return std::isfinite(value); }));
}

TEST(Tsne, KeepsClustersAndNeighbours) {
  const Points points = testing::clustered_points(400, 20, 4, 2, 1);
  const auto picture = tsne(points);
  ASSERT_TRUE(picture) << picture.error().message;
  EXPECT_EQ(picture->rows, 400u);
  EXPECT_EQ(picture->columns, 2u);
  expect_finite(*picture);
  EXPECT_GT(same_cluster(*picture, 4), 0.99);
  EXPECT_GT(recall(points, *picture, 10), 0.35);  // by lot: 0.025; cluster by cluster: 0.1
}

TEST(Tsne, IsTheSameToTheBitWhateverTheThreads) {
  const Points points = testing::clustered_points(300, 10, 3, 1, 2);
  const auto one = tsne(points, {.iterations = 300});
  ASSERT_TRUE(one);
  EXPECT_EQ(tsne(points, {.iterations = 300})->values, one->values);
  EXPECT_EQ(tsne(points, {.iterations = 300, .threads = 2})->values, one->values);
  EXPECT_EQ(tsne(points, {.iterations = 300, .threads = 5})->values, one->values);
  EXPECT_NE(tsne(points, {.iterations = 300, .seed = 1})->values, one->values);
}

TEST(Tsne, EqualRowsStayFiniteAndApart) {
  Points points = testing::normal_points(120, 5, 3);
  for (std::size_t i = 0; i < 60; ++i) std::ranges::copy(points.row(0), points.row(i).begin());
  for (const Points& some : {points, Points{90, 2, std::vector<float>(180, 0.5F)}}) {
    const auto picture = tsne(some);
    ASSERT_TRUE(picture) << picture.error().message;
    expect_finite(*picture);
    std::set<std::pair<float, float>> places;
    for (std::size_t i = 0; i < picture->rows; ++i) {
      places.emplace(picture->row(i)[0], picture->row(i)[1]);
    }
    EXPECT_EQ(places.size(), some.rows);
  }
}

// Their squares would overflow, or vanish.
TEST(Tsne, SizesDontMatter) {
  const Points points = testing::clustered_points(60, 5, 3, 3, 4);
  const auto picture = tsne(points, {.iterations = 50});
  ASSERT_TRUE(picture);
  expect_finite(*picture);
  for (const float scale : {0x1p110F, 0x1p-110F}) {
    Points other = points;
    for (float& value : other.values) value *= scale;
    EXPECT_EQ(tsne(other, {.iterations = 50})->values, picture->values);
  }
}

TEST(Tsne, TakesFewRowsAndRowsOnALine) {
  for (const std::size_t rows : {kLeastTsneRows, kLeastTsneRows + 1, std::size_t{10}, std::size_t{91}}) {
    Points line = make_points(rows, 3);
    for (std::size_t i = 0; i < rows; ++i) line.row(i)[1] = static_cast<float>(i);
    const auto picture = tsne(line);
    ASSERT_TRUE(picture) << picture.error().message;
    expect_finite(*picture);
    double spread = 0;
    for (std::size_t i = 0; i < rows; ++i) spread += std::abs(picture->row(i)[1]);
    EXPECT_GT(spread, 0);
  }
}

TEST(Tsne, RefusesWhatItCantUse) {
  const auto message = [](const Points& points, const TsneOptions& options) {
    const auto picture = tsne(points, options);
    return picture ? std::string("fine") : picture.error().message;
  };
  const Points points = testing::normal_points(31, 2, 1);
  EXPECT_EQ(message(make_points(3, 2), {}), "t-SNE: 3 rows are too few, it needs at least 4");
  EXPECT_EQ(message(points, {.perplexity = 10.5}),
            "t-SNE: 31 rows allow a perplexity of at most 10.0 (a third of the others), not 10.5");
  EXPECT_EQ(message(points, {.perplexity = 0.5}), "t-SNE: a perplexity of 0.5 is below 1");
  EXPECT_EQ(message(points, {.perplexity = std::nan("")}), "t-SNE: a perplexity of nan is below 1");
  EXPECT_EQ(message(points, {.iterations = 0}), "t-SNE: 0 iterations: give 1 to 100000");
  EXPECT_EQ(message(points, {.threads = 0}), "0 threads: give 1 to 256");
  Points bad = points;
  bad.values[61] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(message(bad, {}), "t-SNE: the number in row 31, column 2 is inf: leave that row out");
  EXPECT_EQ(message(points, {.perplexity = 10, .iterations = 1}), "fine");
}

}  // namespace
}  // namespace duologue::measure
