#include "base/rng.h"

#include <set>

#include <gtest/gtest.h>

namespace duologue::base {
namespace {

// Known answer of Random123 1.14 (philox4x32-10: all-zero counter and key give 6627e8d5 e169c58d ...).
TEST(Rng, IsPhilox4x32) { EXPECT_EQ(random_bits({}, 0), 0xe169c58d6627e8d5ULL); }

TEST(Rng, EveryPartOfTheKeyMatters) {
  const RngKey key{7, 1, 2, RngStream::kToken};
  std::set<std::uint64_t> values{random_bits(key, 0), random_bits(key, 1)};
  values.insert(random_bits({8, 1, 2, RngStream::kToken}, 0));
  values.insert(random_bits({7, 2, 2, RngStream::kToken}, 0));
  values.insert(random_bits({7, 1, 3, RngStream::kToken}, 0));
  values.insert(random_bits({7, 1, 2, RngStream::kSamplerSeed}, 0));
  values.insert(random_bits({7 + (1ULL << 32), 1, 2, RngStream::kToken}, 0));
  EXPECT_EQ(values.size(), 7U);
  EXPECT_EQ(random_bits(key, 5), random_bits(key, 5));
}

TEST(Rng, UniformLiesInTheUnitInterval) {
  double sum = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const double u = random_uniform({1, 0, 0, RngStream::kToken}, i);
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.01);
}

}  // namespace
}  // namespace duologue::base
