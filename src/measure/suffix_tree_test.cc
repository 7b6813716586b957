#include "measure/suffix_tree.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Symbol = SuffixTree::Symbol;
using Symbols = std::vector<Symbol>;

// How many symbols from `begin` on any of the texts holds in a row, begun before `most_begin` of the last.
std::size_t plain_held(const std::vector<Symbols>& texts, std::size_t most_begin, const Symbols& turn,
                       std::size_t begin) {
  std::size_t longest = 0;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const std::size_t starts = t + 1 == texts.size() ? most_begin : texts[t].size();
    for (std::size_t start = 0; start < starts; ++start) {
      std::size_t length = 0;
      while (begin + length < turn.size() && start + length < texts[t].size() &&
             texts[t][start + length] == turn[begin + length])
        ++length;
      longest = std::max(longest, length);
    }
  }
  return longest;
}

// Turns of every kind: few words or many, pieces of older turns, turns that repeat themselves or another
// whole.
Symbols some_turn(testing::Lcg& random, std::uint32_t alphabet, const std::vector<Symbols>& said) {
  Symbols turn;
  const std::uint32_t size = random.below(40);
  while (turn.size() < size) {
    const Symbols& other = said.empty() || random.below(3) == 0
                               ? turn
                               : said[random.below(static_cast<std::uint32_t>(said.size()))];
    if (other.empty() || random.below(2) == 0) {
      turn.push_back(random.below(alphabet));
      continue;
    }
    const Symbols copied = other;
    std::size_t at = random.below(static_cast<std::uint32_t>(copied.size()));
    for (std::uint32_t left = random.below(12); left > 0 && at < copied.size(); --left)
      turn.push_back(copied[at++]);
  }
  if (!said.empty() && random.below(8) == 0) return said.back();
  return turn;
}

TEST(SuffixTree, AgreesWithASearchThroughTheTurns) {
  testing::Lcg random(17);
  std::size_t longest = 0;
  for (const std::uint32_t alphabet : {1U, 2U, 3U, 20U, 400U}) {
    SuffixTree tree;
    std::vector<Symbols> said;
    for (int t = 0; t < 120; ++t) {
      Symbols turn = some_turn(random, alphabet, said);
      tree.look_up(turn);
      for (std::size_t i = 0; i < turn.size(); ++i) {
        const std::size_t expected = said.empty() ? 0 : plain_held(said, said.back().size(), turn, i);
        ASSERT_EQ(tree.held_ahead(i), std::min(expected, SuffixTree::kAhead))
            << alphabet << ' ' << t << ' ' << i;
        ASSERT_EQ(tree.held(i), expected) << alphabet << ' ' << t << ' ' << i;
        longest = std::max(longest, expected);
      }
      tree.append();
      said.push_back(turn);
      for (std::size_t i = 0; i < turn.size(); ++i)
        ASSERT_EQ(tree.repeated()[i], plain_held(said, i, turn, i)) << alphabet << ' ' << t << ' ' << i;
    }
  }
  EXPECT_GT(longest, 30U);
}

// The phrases of Lempel & Ziv 1976: each the shortest piece that the text before its last symbol doesn't
// hold.
std::size_t lz76_phrases(std::string_view text) {
  Symbols symbols;
  for (const char c : text) symbols.push_back(static_cast<Symbol>(c - '0'));
  SuffixTree tree;
  tree.look_up(symbols);
  tree.append();
  std::size_t phrases = 0;
  for (std::size_t i = 0; i < symbols.size(); i += tree.repeated()[i] + 1) ++phrases;
  return phrases;
}

TEST(SuffixTree, PhrasesOfLempelAndZiv) {
  EXPECT_EQ(lz76_phrases("0001101001000101"), 6U);
  EXPECT_EQ(lz76_phrases("0101010101010101"), 3U);
  EXPECT_EQ(lz76_phrases("0000000000000000"), 2U);
}

TEST(SuffixTree, NothingReachesFromATurnIntoTheNext) {
  SuffixTree tree;
  for (const Symbols& turn : {Symbols{0, 1}, Symbols{2, 3}}) {
    tree.look_up(turn);
    tree.append();
  }
  const Symbols turn{0, 1, 2, 3, 4};
  tree.look_up(turn);
  EXPECT_EQ(tree.held(0), 2U);
  EXPECT_EQ(tree.held(1), 1U);
  EXPECT_EQ(tree.held(2), 2U);
  EXPECT_EQ(tree.held(4), 0U);
}

// Long turns of one word, of two by turns, and the same again: linear, or this would take hours.
TEST(SuffixTree, LongRepetitionsCostWhatTheirLengthDoes) {
  constexpr std::size_t kSize = 300'000;
  SuffixTree tree;
  for (const std::uint32_t period : {1U, 2U, 3U, 7U}) {
    Symbols turn;
    for (std::uint32_t i = 0; i < kSize + period; ++i) turn.push_back(i % period);
    for (int again = 0; again < 2; ++again) {
      tree.look_up(turn);
      EXPECT_LE(tree.held(0), turn.size());
      tree.append();
      EXPECT_EQ(tree.repeated().back(), 1U);
    }
    EXPECT_EQ(tree.repeated().front(), turn.size());
  }
}

TEST(SuffixTree, TheSameTurnAgainTakesNoMemory) {
  SuffixTree tree;
  const Symbols turn{0, 1, 2, 3, 1, 2};
  tree.look_up(turn);
  tree.append();
  const std::size_t before = tree.bytes();
  for (int i = 0; i < 10'000; ++i) {
    tree.look_up(turn);
    tree.append();
  }
  EXPECT_EQ(tree.bytes(), before);
}

// Prose-like text: word frequencies by Zipf's law.
TEST(SuffixTree, StaysLean) {
  testing::Lcg random(23);
  SuffixTree tree;
  std::size_t tokens = 0;
  Symbols turn;
  for (int i = 0; i < 1'000; ++i) {
    turn.clear();
    for (int j = 0; j < 200; ++j) {
      const double u = (random.below(1'000'000) + 1) / 1e6;
      turn.push_back(static_cast<Symbol>(1 / u) % 20'000);
    }
    tree.look_up(turn);
    tree.append();
    tokens += turn.size();
  }
  EXPECT_LT(static_cast<double>(tree.bytes()) / static_cast<double>(tokens), 45);
}

}  // namespace
}  // namespace duologue::measure
