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

TEST(GramSet, InsertsATurnAtOnceAsOneByOne) {
  GramSet together;
  GramSet one_by_one;
  std::uint64_t next = 1;
  for (int turn = 0; turn < 300; ++turn) {
    std::vector<std::uint64_t> hashes;
    for (int i = 0; i < turn % 40; ++i) {
      // Few enough that many come again, within a turn too; the small ones all want the same few slots.
      next = extend_gram(next, 7);
      hashes.push_back(i % 3 == 0 ? 1 + next % 500 : (next | 1) % 5'000 * 0x9E3779B97F4A7C15ull);
    }
    std::size_t fresh = 0;
    for (const std::uint64_t hash : hashes) fresh += one_by_one.contains(hash) ? 0 : 1;
    for (const std::uint64_t hash : hashes) one_by_one.insert(hash);
    ASSERT_EQ(together.insert_all(hashes), fresh) << turn;
    ASSERT_EQ(together.size(), one_by_one.size()) << turn;
    for (const std::uint64_t hash : hashes) ASSERT_TRUE(together.contains(hash));
  }
  EXPECT_GT(together.size(), 1'000U);
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
  EXPECT_EQ(seen.number(7), 0U);
  EXPECT_EQ(seen.number(9), 1U);
  EXPECT_EQ(seen.number(7), 0U);
  EXPECT_EQ(seen.number(8), 2U);
}

}  // namespace
}  // namespace duologue::measure
