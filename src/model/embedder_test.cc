#include "model/embedder.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::model {
namespace {

template <typename T>
std::span<const T> span_of(const std::vector<T>& values) {
  return values;
}

TEST(Embeddings, RowsAreMissingUntilTheyAreSet) {
  Embeddings rows(3, 2);
  rows.set(1, span_of<float>({3.0F, -4.0F}));
  EXPECT_TRUE(rows.missing(0));
  EXPECT_TRUE(rows.row(0).empty());
  ASSERT_FALSE(rows.missing(1));
  EXPECT_EQ(std::vector(rows.row(1).begin(), rows.row(1).end()), (std::vector{0.6F, -0.8F}));
  EXPECT_TRUE(rows.missing(2));
  EXPECT_EQ(rows.not_finite(), 0u);
}

TEST(Embeddings, ZerosAndWhatIsNoNumberStayMissing) {
  Embeddings rows(5, 2);
  rows.set(0, span_of<float>({0.0F, -0.0F}));
  EXPECT_EQ(rows.not_finite(), 0u);
  rows.set(1, span_of<float>({std::numeric_limits<float>::quiet_NaN(), 1.0F}));
  rows.set(2, span_of<double>({std::numeric_limits<double>::infinity(), 1.0}));
  rows.set(3, span_of<double>({1e300, 1e300}));  // its length is beyond every number
  for (std::size_t row = 0; row < 4; ++row) EXPECT_TRUE(rows.missing(row)) << row;
  EXPECT_EQ(rows.not_finite(), 3u);
}

TEST(Embeddings, HaveLengthOneWhateverTheirSize) {
  Embeddings rows(3, 2);
  rows.set(0, span_of<float>({3e38F, 3e38F}));
  rows.set(1, span_of<float>({1e-45F, 0.0F}));  // the smallest there is
  rows.set(2, span_of<double>({1e-150, -1e-150}));
  EXPECT_FLOAT_EQ(rows.row(0)[1], 0.70710678F);
  EXPECT_FLOAT_EQ(rows.row(1)[0], 1.0F);
  EXPECT_FLOAT_EQ(rows.row(2)[1], -0.70710678F);
}

TEST(Embeddings, TakeUnitRowsAsTheyAre) {
  const std::vector<std::vector<float>> rows{{0.1F, 0.99498743F}, {}, {1.0F}};
  const Embeddings made = Embeddings::of_unit_rows(rows, 2, 1);
  EXPECT_EQ(made.row(0)[0], 0.1F);
  EXPECT_TRUE(made.missing(1));
  EXPECT_TRUE(made.missing(2));  // of another size
  EXPECT_EQ(made.not_finite(), 1u);
}

}  // namespace
}  // namespace duologue::model
