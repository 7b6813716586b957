#include "measure/ngrams.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

TEST(Ngrams, OrderAndLengthMatter) {
  const std::vector<TokenId> ab{1, 2};
  const std::vector<TokenId> ba{2, 1};
  const std::vector<TokenId> aba{1, 2, 1};
  EXPECT_NE(gram_of(ab), gram_of(ba));
  EXPECT_NE(gram_of(ab), gram_of(aba));
  EXPECT_EQ(gram_of(aba), extend_gram(gram_of(ab), 1));
  EXPECT_EQ(gram_of({}), 0U);
}

TEST(GramSet, IsASet) {
  testing::Lcg random(2);
  GramSet set;
  std::set<std::uint64_t> expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t hash = gram_of(std::vector<TokenId>{1 + random.below(9'000)});
    EXPECT_EQ(set.contains(hash), expected.contains(hash));
    EXPECT_EQ(set.insert(hash), expected.insert(hash).second);
  }
  EXPECT_EQ(set.size(), expected.size());
  EXPECT_LE(set.bytes(), 16 * set.size());
}

TEST(HashSorter, Sorts) {
  testing::Lcg random(4);
  HashSorter sorter;
  for (const std::size_t size : {0U, 1U, 2U, 3U, 100U, 5'000U}) {
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < size; ++i)
      hashes.push_back(gram_of(std::vector<TokenId>{1 + random.below(700)}));
    if (size > 50) hashes[7] = ~std::uint64_t{0};
    std::vector<std::uint64_t> expected = hashes;
    std::ranges::sort(expected);
    sorter.sort(hashes);
    EXPECT_EQ(hashes, expected) << size;
  }
}

TEST(SeenTable, RemembersPlacesUntilTheRestart) {
  testing::Lcg random(6);
  SeenTable seen;
  for (int round = 0; round < 50; ++round) {
    seen.restart(100 + static_cast<std::size_t>(round) * 7);
    std::map<std::uint64_t, std::uint32_t> expected;
    for (std::uint32_t i = 0; i < 100; ++i) {
      const std::uint64_t hash = 1 + random.below(60);
      const auto it = expected.find(hash);
      EXPECT_EQ(seen.meet(hash, i), it == expected.end() ? SeenTable::kNever : it->second);
      expected[hash] = i;
      EXPECT_EQ(seen.distinct(), expected.size());
    }
  }
  seen.restart(4);
  EXPECT_EQ(seen.count(7), 1U);
  EXPECT_EQ(seen.count(7), 2U);
  EXPECT_EQ(seen.count(8), 1U);
}

}  // namespace
}  // namespace duologue::measure
