#include "measure/statistics/basins.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

using Sizes = std::vector<std::uint64_t>;
using Clusters = std::vector<std::optional<std::uint32_t>>;

BasinCounts of(const Sizes& sizes) { return count_basins(std::span<const std::uint64_t>(sizes)); }

TEST(Basins, ByHand) {
  const BasinCounts counts = of({10, 5, 2, 1, 1, 1, 0});
  EXPECT_EQ(counts.conversations, 20U);
  EXPECT_EQ(counts.basins, 6U);
  EXPECT_EQ(counts.once, 3U);
  EXPECT_EQ(counts.twice, 1U);
  EXPECT_DOUBLE_EQ(*counts.coverage, 0.85);
  EXPECT_DOUBLE_EQ(*counts.chao1, 6 + 3.0 * 2 / (2 * 2));
  const double entropy =
      0.5 * std::log(2.0) + 0.25 * std::log(4.0) + 0.1 * std::log(10.0) + 0.15 * std::log(20.0);
  EXPECT_NEAR(*counts.entropy, entropy, 1e-12);
  EXPECT_NEAR(*counts.effective_basins, std::exp(entropy), 1e-12);
}

TEST(Basins, EvenOnesAndASingleOne) {
  EXPECT_NEAR(*of({4, 4, 4, 4}).entropy, std::log(4.0), 1e-12);
  EXPECT_NEAR(*of({4, 4, 4, 4}).effective_basins, 4.0, 1e-12);
  EXPECT_DOUBLE_EQ(*of({4, 4, 4, 4}).coverage, 1.0);
  EXPECT_DOUBLE_EQ(*of({7}).entropy, 0.0);
  EXPECT_DOUBLE_EQ(*of({7}).chao1, 1.0);
  EXPECT_DOUBLE_EQ(*of({1, 1, 1}).coverage, 0.0);
  EXPECT_DOUBLE_EQ(*of({1, 1, 1}).chao1, 6.0);  // without any twice it is still finite
}

TEST(Basins, OfNothingNothingIsKnown) {
  for (const BasinCounts& counts :
       {of({}), of({0, 0}), count_basins(std::span<const std::optional<std::uint32_t>>())}) {
    EXPECT_EQ(counts.basins, 0U);
    EXPECT_FALSE(counts.entropy);
    EXPECT_FALSE(counts.coverage);
    EXPECT_FALSE(counts.chao1);
  }
}

TEST(Basins, NoiseEndsAlone) {
  const Clusters clusters{2, 2, std::nullopt, 0, std::nullopt, 2, 0};
  const BasinCounts counts = count_basins(clusters);
  EXPECT_EQ(counts.basins, 4U);
  EXPECT_EQ(counts.once, 2U);
  EXPECT_EQ(counts.twice, 1U);
  EXPECT_EQ(*counts.entropy, *of({3, 1, 2, 1}).entropy);
}

}  // namespace
}  // namespace duologue::measure
