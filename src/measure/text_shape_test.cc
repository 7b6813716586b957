#include "measure/text_shape.h"

#include <string>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

TextShape shape_of(std::string_view text) {
  Tokenizer tokenizer;
  TextShaper shaper;
  const auto tokens = tokenizer.tokenize(text);
  TokenTypes types;
  types.assign(tokens, tokenizer.is_word());
  return shaper.shape(text, types);
}

TEST(TextShape, WordsAndMarks) {
  const TextShape shape = shape_of("What? Really?! Yes.\n\nNo");
  EXPECT_EQ(shape.words, 4U);
  EXPECT_EQ(shape.lines, 2U);
  EXPECT_EQ(shape.questions, 2U);
  EXPECT_EQ(shape.exclamations, 1U);
  EXPECT_FALSE(shape.ends_in_question);
  EXPECT_TRUE(shape_of("and *you?* ").ends_in_question);
  EXPECT_TRUE(shape_of("你呢？").ends_in_question);
}

TEST(TextShape, NothingInNothing) {
  for (const char* text : {"", " \n\t"}) {
    const TextShape shape = shape_of(text);
    EXPECT_EQ(shape.words, 0U);
    EXPECT_EQ(shape.lines, 0U);
    EXPECT_EQ(shape.emoji, 0);
    EXPECT_EQ(shape.stage, 0);
    EXPECT_EQ(shape.code, 0);
    EXPECT_EQ(shape.top_token, 0);
    EXPECT_FALSE(shape.ends_in_question);
  }
}

TEST(TextShape, TitleCaseRuns) {
  EXPECT_EQ(shape_of("I am the Infinite Radiance Cosmic Harmonizer now").title_run, 4U);
  EXPECT_EQ(shape_of("Hyper-Luminous Being").title_run, 3U);
  EXPECT_EQ(shape_of("One. Two. Three").title_run, 1U);
  EXPECT_EQ(shape_of("NASA and ESA").title_run, 0U);
  EXPECT_EQ(shape_of("Élan Vital").title_run, 2U);
}

TEST(TextShape, Capitals) {
  EXPECT_DOUBLE_EQ(shape_of("SESSION ENDED now ok").capitals, 0.5);
  EXPECT_DOUBLE_EQ(shape_of("I A 5").capitals, 0);
}

TEST(TextShape, EmojiAreCountedAsPeopleCountThem) {
  EXPECT_DOUBLE_EQ(shape_of("🙏").emoji, 1);
  EXPECT_DOUBLE_EQ(shape_of("ab🙏🙏").emoji, 0.5);
  EXPECT_DOUBLE_EQ(shape_of("a👩‍👩‍👧‍👦").emoji, 0.5);  // a family joined by ZWJ is one
  EXPECT_DOUBLE_EQ(shape_of("a👍🏽").emoji, 0.5);                       // with a skin tone
  EXPECT_DOUBLE_EQ(shape_of("a🇩🇪").emoji, 0.5);                         // a flag is two code points
  EXPECT_DOUBLE_EQ(shape_of("🇩🇪🇫🇷").emoji, 1);
  EXPECT_DOUBLE_EQ(shape_of("e\xCC\x81"
                            "1")
                       .emoji,
                   0);
}

TEST(TextShape, StageDirections) {
  EXPECT_DOUBLE_EQ(shape_of("*nods*").stage, 1);
  EXPECT_DOUBLE_EQ(shape_of("[end]").stage, 1);
  EXPECT_DOUBLE_EQ(shape_of("(silence)").stage, 1);
  EXPECT_DOUBLE_EQ(shape_of("**[Silence.]**").stage, 1);
  EXPECT_DOUBLE_EQ(shape_of("> _waits_").stage, 1);
  EXPECT_DOUBLE_EQ(shape_of("*nods*\nYes.").stage, 0.5);
  for (const char* text : {"**bold**", "* item", "*a* and *b*", "***", "[]", "f(x)", "*"})
    EXPECT_DOUBLE_EQ(shape_of(text).stage, 0) << text;
}

TEST(TextShape, FencedCode) {
  EXPECT_DOUBLE_EQ(shape_of("Look:\n```cpp\nint x;\n\nint y;\n```\nDone.").code, 2.0 / 6);
  EXPECT_DOUBLE_EQ(shape_of("~~~\n```\n~~~").code, 1.0 / 3);
  EXPECT_DOUBLE_EQ(shape_of("```\nnever closed").code, 0.5);  // a turn that was cut off
  EXPECT_DOUBLE_EQ(shape_of("Use `x` here.\n```\n```").code, 0);
}

TEST(TextShape, Repeats) {
  EXPECT_DOUBLE_EQ(shape_of("a b c d e f").own_repeats, 0);
  EXPECT_DOUBLE_EQ(shape_of("go go go go go").own_repeats, 1 - 1.0 / 3);
  EXPECT_DOUBLE_EQ(shape_of("go go on . . .").top_token, 2.0 / 3);
}

TEST(TextShape, WrongUtf8IsNoTrouble) {
  const TextShape shape = shape_of("ok \xFF\xFE?");
  EXPECT_EQ(shape.words, 1U);
  EXPECT_TRUE(shape.ends_in_question);
}

}  // namespace
}  // namespace duologue::measure
