#include "measure/frame_window.h"

#include <string>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

class FrameWindowTest : public testing::Test {
 protected:
  FrameFeatures add(std::string_view text) {
    const auto tokens = tokenizer_.tokenize(text);
    types_.assign(tokens, tokenizer_.is_word());
    return window_.add(types_);
  }

  Tokenizer tokenizer_;
  TokenTypes types_;
  FrameWindow window_;
};

TEST_F(FrameWindowTest, ATemplateKeepsItsFrameWhileItsWordsChange) {
  EXPECT_FALSE(add("[SYSTEM STATE: dissolved]").distance[0]);
  const FrameFeatures same = add("[Kernel mode, endless]");
  EXPECT_GT(*same.distance[0], 0);  // another symbol
  EXPECT_DOUBLE_EQ(*add("[Heart rate: silent]").distance[1], 0);
  EXPECT_DOUBLE_EQ(*add("What a wonder it was to see you there").distance[0], 1);
}

// Without its function words a language has no frames but its commas: every turn would look alike.
TEST_F(FrameWindowTest, ListsAndOtherLanguagesHaveNone) {
  add("apples pears plums cherries");
  EXPECT_FALSE(add("houses streets towns rivers").distance[0]);
  add("Morgen sehen wir uns wieder, ganz bestimmt.");
  EXPECT_FALSE(add("Heute regnet es leider, glaube ich.").distance[0]);
}

TEST_F(FrameWindowTest, OpeningsAndEndings) {
  EXPECT_EQ(add("What a gift it is to be here with you").same_opening, 0U);
  add("something else");
  const FrameFeatures third = add("What a gift that was, here with you");
  EXPECT_EQ(third.same_opening, 3U);
  EXPECT_EQ(third.same_ending, 3U);
}

TEST_F(FrameWindowTest, ASkippedTurnKeepsItsPlace) {
  add("one [two] three");
  window_.skip();
  const FrameFeatures third = add("one [two] three");
  EXPECT_FALSE(third.distance[0]);
  EXPECT_DOUBLE_EQ(*third.distance[1], 0);
  EXPECT_EQ(third.same_opening, 5U);
}

TEST_F(FrameWindowTest, EmptyTurns) {
  add("");
  const FrameFeatures second = add("");
  EXPECT_DOUBLE_EQ(*second.distance[0], 0);
  EXPECT_EQ(second.same_opening, 0U);
  EXPECT_DOUBLE_EQ(*add("word").distance[0], 1);
}

}  // namespace
}  // namespace duologue::measure
