#include "base/huge_pages.h"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::base {
namespace {

TEST(HugePages, AVectorGrowsOverTheLeastHugeBlock) {
  constexpr std::size_t kItems = 3 * kLeastHugeBlock / sizeof(std::uint64_t);
  std::vector<std::uint64_t, HugePageAllocator<std::uint64_t>> items;
  for (std::uint64_t i = 0; i < kItems; ++i) items.push_back(i * i);
  for (std::uint64_t i = 0; i < kItems; ++i) ASSERT_EQ(items[i], i * i);
}

}  // namespace
}  // namespace duologue::base
