#include "measure/suffix_automaton.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using State = SuffixAutomaton::State;

// The phrases of Lempel & Ziv 1976, each the shortest piece that the text before its last token doesn't hold:
// whoever counts them asks the automaton about a text that grows under the question.
std::size_t lz76_phrases(std::string_view text) {
  SuffixAutomaton automaton;
  std::size_t phrases = 0;
  std::size_t length = 0;
  State state = SuffixAutomaton::kRoot;
  for (const char c : text) {
    const auto token = static_cast<TokenId>(c);
    state = automaton.refresh(state, length);
    const State next = automaton.follow(state, token);
    automaton.append(token);
    if (next == SuffixAutomaton::kNone) {
      ++phrases;
      length = 0;
      state = SuffixAutomaton::kRoot;
    } else {
      ++length;
      state = next;
    }
  }
  return phrases + (length > 0 ? 1 : 0);
}

TEST(SuffixAutomaton, PhrasesOfLempelAndZiv) {
  EXPECT_EQ(lz76_phrases("0001101001000101"), 6U);
  EXPECT_EQ(lz76_phrases("0101010101010101"), 3U);
  EXPECT_EQ(lz76_phrases("0000000000000000"), 2U);
}

bool holds(const SuffixAutomaton& automaton, const std::vector<TokenId>& piece) {
  State state = SuffixAutomaton::kRoot;
  for (const TokenId token : piece) {
    state = automaton.follow(state, token);
    if (state == SuffixAutomaton::kNone) return false;
  }
  return true;
}

// Against a search through the text, for alphabets from two letters to hundreds of words.
TEST(SuffixAutomaton, HoldsTheSubstringsAndNoOthers) {
  testing::Lcg random(17);
  int found = 0;
  for (const std::uint32_t alphabet : {2U, 3U, 20U, 300U}) {
    SuffixAutomaton automaton;
    std::vector<TokenId> text;
    for (int i = 0; i < 1'500; ++i) {
      if (random.below(40) == 0) {
        automaton.append_break();
        text.push_back(0);
      }
      text.push_back(1 + random.below(alphabet));
      automaton.append(text.back());
    }
    for (int i = 0; i < 3'000; ++i) {
      const std::size_t size = 1 + random.below(8);
      std::vector<TokenId> piece;
      const std::size_t begin = random.below(static_cast<std::uint32_t>(text.size() - size));
      for (std::size_t j = 0; j < size; ++j) {
        const bool other = random.below(6) == 0;
        piece.push_back(other ? 1 + random.below(alphabet) : std::max<TokenId>(text[begin + j], 1));
      }
      const bool expected = !std::ranges::search(text, piece).empty();
      ASSERT_EQ(holds(automaton, piece), expected);
      found += expected ? 1 : 0;
    }
  }
  EXPECT_GT(found, 1'000);
  EXPECT_LT(found, 11'000);
}

TEST(SuffixAutomaton, NothingReachesOverABreak) {
  SuffixAutomaton automaton;
  for (const TokenId token : {1U, 2U}) automaton.append(token);
  automaton.append_break();
  for (const TokenId token : {3U, 4U}) automaton.append(token);
  EXPECT_TRUE(holds(automaton, {1, 2}));
  EXPECT_FALSE(holds(automaton, {2, 3}));
  EXPECT_FALSE(holds(automaton, {9}));
}

// Prose-like text: word frequencies by Zipf's law.
TEST(SuffixAutomaton, StaysLean) {
  testing::Lcg random(23);
  SuffixAutomaton automaton;
  for (int i = 0; i < 200'000; ++i) {
    const double u = (random.below(1'000'000) + 1) / 1e6;
    automaton.append(1 + static_cast<TokenId>(1 / u) % 20'000);
    if (i % 200 == 0) automaton.append_break();
  }
  const double each = static_cast<double>(automaton.bytes()) / static_cast<double>(automaton.tokens());
  EXPECT_LT(each, 53);
}

}  // namespace
}  // namespace duologue::measure
