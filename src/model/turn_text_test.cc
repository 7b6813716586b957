#include "model/turn_text.h"

#include <gtest/gtest.h>

namespace duologue::model {
namespace {

struct Told {
  std::string text;
  std::string reasoning;
  std::string shown;  // before the end
  std::size_t pieces = 0;
  bool stopped = false;
};

Told tell(const std::vector<std::string>& pieces, TurnText::Options options = {}) {
  TurnText text(std::move(options));
  Told told;
  for (const std::string& piece : pieces) {
    ++told.pieces;
    told.stopped = text.push(piece);
    EXPECT_TRUE(std::string(text.shown()).starts_with(told.shown)) << "what was shown is never taken back";
    told.shown = text.shown();
    if (told.stopped) break;
  }
  text.finish();
  told.text = text.text();
  told.reasoning = text.reasoning();
  EXPECT_EQ(text.shown(), text.text());
  return told;
}

std::vector<std::string> bytes_of(const std::string& text) {
  std::vector<std::string> pieces;
  for (const char c : text) pieces.emplace_back(1, c);
  return pieces;
}

TEST(TurnText, PlainTextIsShownAsItComes) {
  const Told told = tell({"Hel", "lo", " there"});
  EXPECT_EQ(told.text, "Hello there");
  EXPECT_EQ(told.shown, "Hello there");
  EXPECT_EQ(told.reasoning, "");
  EXPECT_EQ(tell({}).text, "");
}

TEST(TurnText, ReasoningIsSplitOffAtAnyCut) {
  const std::string whole = "<think>\nIs it 4? Yes.\n</think>\n\nIt is 4.";
  for (const auto& pieces :
       {bytes_of(whole), {whole}, {"<thi", "nk>\nIs it 4? Yes.\n</", "think>\n", "\nIt is 4."}}) {
    const Told told = tell(pieces);
    EXPECT_EQ(told.text, "It is 4.");
    EXPECT_EQ(told.reasoning, "Is it 4? Yes.");
  }
  EXPECT_EQ(tell(bytes_of("[THINK]a[/THINK]b")).reasoning, "a");
}

TEST(TurnText, ReasoningThatTheTemplateOpened) {
  const Told told = tell(bytes_of("Hm.\n</think>\n\nYes"), {{}, true, true});
  EXPECT_EQ(told.reasoning, "Hm.");
  EXPECT_EQ(told.text, "Yes");
  const Told cut = tell({"Hm, ", "let me"}, {{}, true, true});
  EXPECT_EQ(cut.reasoning, "Hm, let me") << "never closed: all of it";
  EXPECT_EQ(cut.text, "");
}

TEST(TurnText, WhatOnlyLooksLikeReasoning) {
  EXPECT_EQ(tell({"<think"}).text, "<think");
  EXPECT_EQ(tell({"I <think>hm</think>"}).text, "I <think>hm</think>") << "not at the start";
  EXPECT_EQ(tell({"<think>a</think>b"}, {{}, false, false}).text, "<think>a</think>b") << "switched off";
  const Told empty = tell({"<think>", "\n\n", "</think>", "\n\n", "Yes"});
  EXPECT_EQ(empty.reasoning, "");
  EXPECT_EQ(empty.text, "Yes");
}

TEST(TurnText, StopStringsEndTheTextAtAnyCut) {
  for (const auto& pieces : {bytes_of("one. END two"), {"one. EN", "D two"}, {"one. END two"}}) {
    const Told told = tell(pieces, {{"END", "two"}, true, false});
    EXPECT_TRUE(told.stopped);
    EXPECT_EQ(told.text, "one. ");
  }
  const Told never = tell({"one. EN"}, {{"END"}, true, false});
  EXPECT_FALSE(never.stopped);
  EXPECT_EQ(never.shown, "one. ") << "what may be a stop string is held back";
  EXPECT_EQ(never.text, "one. EN") << "until it turns out to be none";
}

TEST(TurnText, StopStringsDontApplyToReasoning) {
  const Told told = tell(bytes_of("<think>a\n\nb</think>c\n\nd"), {{"\n\n"}, true, false});
  EXPECT_EQ(told.reasoning, "a\n\nb");
  EXPECT_EQ(told.text, "c");
}

TEST(TurnText, TokensOfTheText) {
  TurnText text({{"X"}, true, false});
  for (const char* piece : {"<think>", "a", "</think>", "\n", "b", "c", "dX"}) text.push(piece);
  text.finish();
  EXPECT_EQ(text.text(), "bcd");
  EXPECT_EQ(text.first_text_token(), 4U);
  EXPECT_EQ(text.last_text_token(), 6U) << "the token that the stop string cuts isn't the text's";
  EXPECT_FALSE(text.ends_at_token());
}

}  // namespace
}  // namespace duologue::model
