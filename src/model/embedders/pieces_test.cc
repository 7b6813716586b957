#include "model/embedders/pieces.h"

#include <string>

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace duologue::model {
namespace {

// Words; a word of more than four bytes takes a token for every four.
std::size_t tokens_of(std::string_view text) {
  std::size_t tokens = 0;
  std::size_t letters = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n') {
      tokens += (letters + 3) / 4;
      letters = 0;
    } else {
      ++letters;
    }
  }
  return tokens + (letters + 3) / 4;
}

std::vector<std::string_view> cut(std::string_view text, std::size_t most) {
  std::vector<std::string_view> pieces = cut_into_pieces(text, most, tokens_of);
  std::string joined;
  for (const std::string_view piece : pieces) {
    EXPECT_FALSE(piece.empty());
    EXPECT_TRUE(tokens_of(piece) <= most || piece.size() <= 4) << piece;
    joined += piece;
  }
  EXPECT_EQ(joined, text);
  return pieces;
}

TEST(Pieces, AShortTextIsOne) {
  EXPECT_EQ(cut("a b c", 3).size(), 1u);
  EXPECT_EQ(cut_into_pieces("", 3, tokens_of), (std::vector<std::string_view>{""}));
}

TEST(Pieces, CutAtSentences) {
  EXPECT_EQ(cut("One two. And a new four. Five six.", 5),
            (std::vector<std::string_view>{"One two. ", "And a new four. ", "Five six."}));
}

TEST(Pieces, CutBetweenWordsElse) {
  for (const std::string_view piece : cut("aa bb cc dd ee ff gg hh ii jj kk ll", 5)) {
    EXPECT_TRUE(piece.ends_with(' ') || piece.ends_with("ll")) << piece;
    EXPECT_FALSE(piece.starts_with(' ')) << piece;
  }
}

TEST(Pieces, CutBetweenCharactersWhereThereIsNoOtherPlace) {
  std::string han;
  for (int i = 0; i < 100; ++i) han += "\u4E2D";
  for (const std::string_view piece : cut(han, 10)) EXPECT_TRUE(base::is_valid_utf8(piece));
  cut(std::string(1'000, 'x'), 7);
  cut(std::string(1'000, '\xFF'), 7);
}

TEST(Pieces, AreOfAboutEqualSize) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "word ";
  const auto pieces = cut(text, 100);
  EXPECT_EQ(pieces.size(), 5u);
  for (const std::string_view piece : pieces) EXPECT_GE(tokens_of(piece), 60u);
}

TEST(Pieces, CountALongTextAFewTimesOnly) {
  std::string text;
  while (text.size() < 300'000) text += "Some words, and a few more. ";
  std::size_t counted = 0;
  const auto pieces = cut_into_pieces(text, 250, [&](std::string_view part) {
    counted += part.size();
    return tokens_of(part);
  });
  EXPECT_GT(pieces.size(), 200u);
  EXPECT_LT(counted, 4 * text.size());
}

}  // namespace
}  // namespace duologue::model
