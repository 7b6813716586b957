#include "measure/compressor.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

std::string noise_of(std::size_t bytes, std::uint64_t seed) {
  testing::Lcg random(seed);
  std::string noise;
  while (noise.size() < bytes) noise += static_cast<char>(random.below(256));
  return noise;
}

TEST(Compressor, ATextCostsLittleTheSecondTime) {
  Compressor compressor;
  const std::string text = noise_of(2000, 1);
  const auto first = compressor.add(text);
  compressor.add(noise_of(2000, 2));
  const auto again = compressor.add(text);
  ASSERT_TRUE(first && again);
  EXPECT_GE(*first, 2000u);
  EXPECT_LT(*again, 50u);
}

TEST(Compressor, NothingAddsNothing) {
  Compressor compressor;
  compressor.add("some words");
  EXPECT_EQ(compressor.add(""), 0u);
}

TEST(Compressor, TakesTextsLargerThanItsRoom) {
  const std::string noise = noise_of(1 << 20, 7);
  Compressor compressor;
  const auto bytes = compressor.add(noise);
  ASSERT_TRUE(bytes);
  EXPECT_GE(*bytes, noise.size());
  EXPECT_LE(*bytes, noise.size() + noise.size() / 100);
}

}  // namespace
}  // namespace duologue::measure
