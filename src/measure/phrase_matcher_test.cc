#include "measure/phrase_matcher.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

using Found = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // group, first token

class PhraseMatcherTest : public testing::Test {
 protected:
  void learn(const std::vector<std::pair<std::string, std::uint32_t>>& phrases) {
    for (const auto& [phrase, group] : phrases) ASSERT_TRUE(matcher_.add(phrase, group)) << phrase;
    matcher_.build();
  }
  Found find(std::string_view text) {
    std::vector<PhraseMatcher::Match> matches;
    const auto tokens = tokenizer_.tokenize(text);
    matcher_.find(tokens, tokenizer_.is_word(), matches);
    Found found;
    for (const auto& match : matches) found.emplace_back(match.group, match.token);
    return found;
  }

  PhraseMatcher matcher_;
  Tokenizer tokenizer_;
};

TEST_F(PhraseMatcherTest, WordsAnywhereWithoutCase) {
  learn({{"take care", 0}, {"care", 1}});
  EXPECT_EQ(find("Take care, all. I care."), (Found{{0, 0}, {1, 1}, {1, 6}}));
  EXPECT_EQ(find("take, care"), (Found{{1, 2}}));  // a comma lies between
  EXPECT_EQ(find("carefully taken"), Found{});
  EXPECT_EQ(find(""), Found{});
}

TEST_F(PhraseMatcherTest, TheLongestOfAGroupCountsOnce) {
  learn({{"good", 0}, {"good night", 0}, {"good night all", 0}, {"night", 0}});
  EXPECT_EQ(find("good night all"), (Found{{0, 0}}));
  EXPECT_EQ(find("good night, night"), (Found{{0, 0}, {0, 3}}));
}

TEST_F(PhraseMatcherTest, TheOpeningSkipsMarkup) {
  learn({{"^yes", 0}});
  EXPECT_EQ(find("**Yes**, indeed yes"), (Found{{0, 2}}));
  EXPECT_EQ(find("> \"yes\""), (Found{{0, 2}}));
  EXPECT_EQ(find("oh yes"), Found{});
}

TEST_F(PhraseMatcherTest, TheWholeTurn) {
  learn({{"=the end", 0}});
  EXPECT_EQ(find("*The end.* 🙏"), (Found{{0, 1}}));
  EXPECT_EQ(find("the end is near"), Found{});
  EXPECT_EQ(find("this is the end"), Found{});
}

TEST_F(PhraseMatcherTest, AnyWord) {
  learn({{"as an _ assistant", 0}});
  EXPECT_EQ(find("as an AI assistant"), (Found{{0, 0}}));
  EXPECT_EQ(find("as an assistant"), Found{});
  EXPECT_EQ(find("as an , assistant"), Found{});
}

TEST_F(PhraseMatcherTest, BothApostrophes) {
  learn({{"i'm done", 0}});
  EXPECT_EQ(find("I'm done"), (Found{{0, 0}}));
  EXPECT_EQ(find("I’m done"), (Found{{0, 0}}));
}

TEST_F(PhraseMatcherTest, SymbolsArePhrasesToo) {
  learn({{"🙏", 0}});
  EXPECT_EQ(find("🙏🙏 thanks"), (Found{{0, 0}, {0, 1}}));
}

TEST_F(PhraseMatcherTest, PhrasesWithoutAWordAreRefused) {
  for (const char* bad : {"", "^", "=", "  ", "_", "_ word"}) {
    const auto added = matcher_.add(bad, 0);
    ASSERT_FALSE(added) << bad;
    EXPECT_EQ(added.error().kind, base::ErrorKind::kBadInput);
  }
}

}  // namespace
}  // namespace duologue::measure
