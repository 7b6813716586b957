#include "measure/history.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "measure/instrument.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

std::string some_text(testing::Lcg& random, std::uint32_t words) {
  std::string text;
  for (std::uint32_t left = random.below(60); left > 0; --left)
    text += (random.below(4) == 0 ? "the" : "w" + std::to_string(random.below(words))) + ' ';
  return text;
}

// The pieces of Ziv & Merhav 1993 by searching through all turns for each.
std::size_t plain_pieces(const std::vector<std::vector<TokenId>>& turns, const std::vector<TokenId>& turn) {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < turn.size(); ++count) {
    std::size_t longest = 1;
    for (const std::vector<TokenId>& other : turns) {
      for (std::size_t at = 0; at < other.size(); ++at) {
        std::size_t length = 0;
        while (begin + length < turn.size() && at + length < other.size() &&
               other[at + length] == turn[begin + length])
          ++length;
        longest = std::max(longest, length);
      }
    }
    begin += longest;
  }
  return count;
}

TEST(History, AgreesWithSetsAndASearch) {
  testing::Lcg random(29);
  for (const std::uint32_t words : {3U, 60U, 2'000U}) {
    History history;
    Tokenizer tokenizer;
    TokenTypes types;
    std::set<std::vector<TokenId>> grams;
    std::set<TokenId> known;
    std::vector<std::vector<TokenId>> turns;
    for (int t = 0; t < 80; ++t) {
      const std::string text = some_text(random, words);
      const auto span = tokenizer.tokenize(text);
      const std::vector<TokenId> turn(span.begin(), span.end());
      types.assign(span, tokenizer.is_word());
      const HistoryFeatures features = history.add(types);

      std::size_t new_grams = 0;
      for (std::size_t i = 0; i + 4 <= turn.size(); ++i) {
        const auto begin = turn.begin() + static_cast<std::ptrdiff_t>(i);
        new_grams += grams.contains({begin, begin + 4}) ? 0 : 1;
      }
      ASSERT_EQ(features.new_grams, new_grams) << words << ' ' << t;
      std::size_t new_words = 0;
      for (const TokenId token : std::set<TokenId>(turn.begin(), turn.end()))
        new_words += token != token_id("the") && !known.contains(token) ? 1 : 0;
      ASSERT_EQ(features.new_words, new_words) << words << ' ' << t;
      ASSERT_EQ(features.pieces, turns.empty() ? std::nullopt : std::optional(plain_pieces(turns, turn)));

      for (std::size_t i = 0; i + 4 <= turn.size(); ++i) {
        const auto begin = turn.begin() + static_cast<std::ptrdiff_t>(i);
        grams.insert({begin, begin + 4});
      }
      known.insert(turn.begin(), turn.end());
      turns.push_back(turn);
    }
  }
}

// A live instrument keeps sets of hashes instead: the same values.
TEST(History, SaysWhatTheLiveSeriesSay) {
  testing::Lcg random(31);
  Instrument live({.all_series = false});
  Instrument whole({.all_series = true});
  int compared = 0;
  for (std::uint32_t t = 1; t <= 200; ++t) {
    const std::string text = t % 9 == 0 ? "the w1" : some_text(random, 40);
    const auto values = [&](Instrument& instrument) {
      std::vector<std::optional<double>> found;
      for (const auto& one : instrument.observe(t, testing::turn_of(text, t % 2)).measurements) {
        if (one.metric == "nov4" || one.metric == "new_words") found.push_back(one.value);
      }
      return found;
    };
    const auto expected = values(live);
    ASSERT_EQ(expected.size(), 2U);
    ASSERT_EQ(values(whole), expected) << t;
    compared += expected[0] && *expected[0] > 0 && *expected[0] < 1 ? 1 : 0;
  }
  EXPECT_GT(compared, 50);
}

}  // namespace
}  // namespace duologue::measure
