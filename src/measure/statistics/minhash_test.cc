#include "measure/statistics/minhash.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

std::vector<Shingle> shingles_of(const std::string& text) {
  Tokenizer tokenizer;
  std::vector<Shingle> shingles;
  shingle(tokenizer.tokenize(text), shingles);
  return shingles;
}

TEST(Shingles, ThreeTokensInARow) {
  EXPECT_TRUE(shingles_of("").empty());
  EXPECT_EQ(shingles_of("one").size(), 1U);
  EXPECT_EQ(shingles_of("one two").size(), 1U);
  EXPECT_EQ(shingles_of("one two three").size(), 1U);
  EXPECT_EQ(shingles_of("one two three four").size(), 2U);
  EXPECT_EQ(shingles_of("a b c a b c").size(), 4U);
  EXPECT_EQ(shingles_of("a b c a b c")[0], shingles_of("a b c a b c")[3]);
}

TEST(Shingles, OrderAndLengthCount) {
  const std::vector<std::string> texts{"a",     "b",     "a b",   "b a",   "a a",
                                       "a b c", "c b a", "b a c", "a c b", "a a b"};
  std::set<Shingle> all;
  for (const std::string& text : texts) all.insert(shingles_of(text)[0]);
  EXPECT_EQ(all.size(), texts.size());
}

TEST(MinHash, IsTheMinimumOfEachLane) {
  testing::Lcg random(2);
  for (const int tokens : {0, 1, 2, 3, 4, 17, 234, 5000}) {
    std::string text;
    for (int i = 0; i < tokens; ++i) text += "w" + std::to_string(random.below(3000)) + " ";
    const std::vector<Shingle> shingles = shingles_of(text);
    MinHash want;
    want.fill(kNoShingle);
    for (std::size_t lane = 0; lane < kMinHashLanes; ++lane) {
      for (const Shingle s : shingles) want[lane] = std::min(want[lane], lane_hash(lane, s));
    }
    EXPECT_EQ(minhash(shingles), want) << tokens;
    Tokenizer tokenizer;
    MinHasher hasher;
    EXPECT_EQ(hasher.of_tokens(tokenizer.tokenize(text)), want) << tokens;
  }
}

TEST(MinHash, LanesArePermutationsThatDiffer) {
  std::set<std::int32_t> factors;
  for (std::size_t lane = 0; lane < kMinHashLanes; ++lane) {
    const auto step = static_cast<std::uint32_t>(lane_hash(lane, Shingle{1} << 32U)) -
                      static_cast<std::uint32_t>(lane_hash(lane, 0));
    EXPECT_EQ(step % 2, 1U);  // odd: no two hashes meet
    factors.insert(static_cast<std::int32_t>(step));
  }
  EXPECT_EQ(factors.size(), kMinHashLanes);
}

// For many pairs of sets with a known similarity: the mean of the estimates is the similarity, and their
// variance that of 128 independent lanes, J (1 - J) / 128.
TEST(MinHash, EstimatesWithoutBiasAndWithTheVarianceOfItsLanes) {
  constexpr int kPairs = 3000;
  for (const auto& [both, each] :
       {std::pair(150, 25), std::pair(100, 100), std::pair(10, 60), std::pair(6, 2)}) {
    const double similarity = static_cast<double>(both) / (both + 2 * each);
    double sum = 0;
    double squares = 0;
    int word = 0;
    for (int pair = 0; pair < kPairs; ++pair) {
      std::vector<Shingle> a;
      std::vector<Shingle> b;
      const auto fresh = [&] {
        const std::string text = "s" + std::to_string(word++);
        return shingles_of(text)[0];
      };
      for (int i = 0; i < both; ++i) {
        a.push_back(fresh());
        b.push_back(a.back());
      }
      for (int i = 0; i < each; ++i) {
        a.push_back(fresh());
        b.push_back(fresh());
      }
      const double off = estimated_jaccard(minhash(a), minhash(b)) - similarity;
      sum += off;
      squares += off * off;
    }
    const double variance = similarity * (1 - similarity) / kMinHashLanes;
    EXPECT_NEAR(sum / kPairs, 0.0, 4 * std::sqrt(variance / kPairs)) << similarity;
    EXPECT_NEAR(squares / kPairs / variance, 1.0, 0.15) << similarity;
  }
}

TEST(MinHash, RepeatsAndOrderOfShinglesDoNotMatter) {
  std::vector<Shingle> shingles = shingles_of(testing::words(1, 50));
  const MinHash once = minhash(shingles);
  shingles.insert(shingles.end(), shingles.begin(), shingles.begin() + 20);
  std::ranges::reverse(shingles);
  EXPECT_EQ(minhash(shingles), once);
  EXPECT_EQ(estimated_jaccard(once, once), 1.0);
  EXPECT_EQ(estimated_jaccard(minhash({}), minhash({})), 1.0);
  EXPECT_EQ(estimated_jaccard(once, minhash({})), 0.0);
  EXPECT_LT(estimated_jaccard(once, minhash(shingles_of(testing::words(2, 50)))), 0.05);
}

}  // namespace
}  // namespace duologue::measure
