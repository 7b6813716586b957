#include "measure/tokens.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Texts = std::vector<std::string>;

TEST(Tokens, WordRunsAndSingleCodePoints) {
  EXPECT_EQ(token_texts("Hello there!"), (Texts{"hello", "there", "!"}));
  EXPECT_EQ(token_texts("I don't -- can't've"), (Texts{"i", "don't", "-", "-", "can't've"}));
  EXPECT_EQ(token_texts("'quoted' x' 'y a''b"),
            (Texts{"'", "quoted", "'", "x", "'", "'", "y", "a", "'", "'", "b"}));
  EXPECT_EQ(token_texts("snake_case 3.14 v2"), (Texts{"snake_case", "3", ".", "14", "v2"}));
  EXPECT_EQ(token_texts("don\u2019t\u2026 \u201Cyes\u201D"),
            (Texts{"don", "\u2019", "t", "\u2026", "\u201C", "yes", "\u201D"}));
}

TEST(Tokens, FoldsCaseAndNormalForm) {
  EXPECT_EQ(token_texts("CAFE\u0301 \u00C9t\u00E9's"), (Texts{"caf\u00E9", "\u00E9t\u00E9's"}));
  EXPECT_EQ(token_texts("caf\u00E9"), token_texts("CAF\u00C9"));
  EXPECT_EQ(token_texts("\u041F\u0440\u0438\u0432\u0435\u0442"),
            (Texts{"\u043F\u0440\u0438\u0432\u0435\u0442"}));
}

TEST(Tokens, InvisibleCharactersAndEmojiAreTokens) {
  EXPECT_EQ(token_texts("\u200B\u200E"), (Texts{"\u200B", "\u200E"}));
  EXPECT_EQ(token_texts("\u3164"), (Texts{"\u3164"}));
  EXPECT_EQ(token_texts("\U0001F300\U0001F300 ok\u2764\uFE0F"),
            (Texts{"\U0001F300", "\U0001F300", "ok", "\u2764", "\uFE0F"}));
  EXPECT_EQ(token_texts("\u4F60\u597D\u3002"), (Texts{"\u4F60\u597D", "\u3002"}));
  EXPECT_EQ(token_texts("e \u0301"), (Texts{"e", "\u0301"}));  // a mark after a space is by itself
}

TEST(Tokens, NothingButSpaceHasNone) {
  EXPECT_TRUE(token_texts("").empty());
  EXPECT_TRUE(token_texts(" \t\r\n\v\f\x1C\x1F\u0085\u00A0\u2003\u2028\u3000").empty());
}

TEST(Tokens, InvalidBytesCountAsReplacementCharacters) {
  EXPECT_EQ(token_texts("a\xFF\xE2\x82 b"), (Texts{"a", "\uFFFD", "\uFFFD", "b"}));
  EXPECT_EQ(token_texts("\xC3"), (Texts{"\uFFFD"}));
  EXPECT_EQ(token_texts(std::string_view("a\0b", 3)), (Texts{"a", std::string(1, '\0'), "b"}));
}

TEST(Tokens, IdsAreThoseOfTheTexts) {
  testing::Lcg random(7);
  const Texts pieces{
      "Word", "don't", " ", "\n", "!", "\u00C9", "\u200B", "\xF0\x9F", "\u2014", "'", "longer_than_eight_9"};
  Tokenizer tokenizer;
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::uint32_t i = random.below(20); i > 0; --i) text += pieces[random.below(11)];
    std::vector<TokenId> want;
    for (const std::string& token : token_texts(text)) want.push_back(token_id(token));
    const auto ids = tokenizer.tokenize(text);
    ASSERT_EQ(std::vector<TokenId>(ids.begin(), ids.end()), want) << text;
    ASSERT_EQ(token_texts(text), token_texts(base::replace_invalid_utf8(text)));
  }
}

TEST(Tokens, IdsDifferWhereTokensDo) {
  std::set<TokenId> ids;
  std::size_t count = 0;
  for (int i = 0; i < 200'000; ++i, ++count) ids.insert(token_id("t" + std::to_string(i)));
  std::string run;
  for (int i = 0; i < 100; ++i, ++count) ids.insert(token_id(run += 'a'));
  EXPECT_EQ(ids.size(), count);
  EXPECT_FALSE(ids.contains(0));
}

}  // namespace
}  // namespace duologue::measure
