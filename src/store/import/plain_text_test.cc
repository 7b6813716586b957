#include "store/import/plain_text.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using namespace std::literals;
using Lines = std::vector<std::string>;

Lines lines_of(std::string_view text) { return told(read_one(text, LogFormat::kPlainText)); }

TEST(PlainText, FurtherLinesBelongToTheLastName) {
  EXPECT_EQ(lines_of("\nAda: Hello\n  there\n\nand, then: more\nBo:\nHi\nhttp://x: y\n\nAda:  So?\n\n\n"),
            (Lines{"Ada: Hello\n  there\n\nand, then: more", "Bo: \nHi\nhttp://x: y", "Ada:  So?"}));
  EXPECT_EQ(lines_of("A: x\nB: y"), (Lines{"A: x", "B: y"}));
  EXPECT_EQ(lines_of("Ada (one-4.1): x\nÉmile: y\nM. Chat #3: z\nÉmile: w"),
            (Lines{"Ada (one-4.1): x", "Émile: y", "M. Chat #3: z", "Émile: w"}));
}

TEST(PlainText, RareNamesAreText) {
  std::string text;
  for (int i = 0; i < 9; ++i) text += "Ada: one\nNB: two\nBo: three\n";
  EXPECT_EQ(read_one(text, LogFormat::kPlainText).turns.size(), 27u);
  text.clear();
  for (int i = 0; i < 9; ++i) text += "Ada: one\nBo: three\n";
  EXPECT_EQ(read_one(text + "Note: a\nNote: b\nAda: c\n", LogFormat::kPlainText).turns.size(), 19u);
  // But not the words of those who are no models.
  const LoggedConversation log = read_one(text + "Human: a\nBo: b\nSystem: tick\n", LogFormat::kPlainText);
  const Lines all = told(log);
  EXPECT_EQ(Lines(all.end() - 3, all.end()), (Lines{"Human(human): a", "Bo: b", "harness(harness): tick"}));
}

TEST(PlainText, HumanIsASeatBesideOneOther) {
  EXPECT_EQ(lines_of("Human: Hi\nAssistant: Hello\nHuman: Bye"),
            (Lines{"Human: Hi", "Assistant: Hello", "Human: Bye"}));
}

TEST(PlainText, WhereTurnsAreSpacedALineIsNoTurn) {
  EXPECT_EQ(lines_of("Ada: a\nBo: quoted\n\nBo: b\n\nAda: c\n\nBo: d\n"),
            (Lines{"Ada: a", "Bo: quoted", "Bo: b", "Ada: c", "Bo: d"}));
  EXPECT_EQ(lines_of("Ada: a\nSum: 3\nSum: 4\n\nBo: b\n\nAda: c\nSum: 5\n\nBo: d\n"),
            (Lines{"Ada: a\nSum: 3\nSum: 4", "Bo: b", "Ada: c\nSum: 5", "Bo: d"}));
}

TEST(PlainText, BytesAndLineEnds) {
  EXPECT_EQ(lines_of("A: a\xff\0\r\nB: b\r\nc\r\nA: d"sv), (Lines{"A: a\xff\0"s, "B: b\nc", "A: d"}));
}

TEST(PlainText, ProseAndSettingsAreNone) {
  for (const char* text : {"Just text\nA: x\nB: y\n", "A: only\nA: one\n", "name: x\nmodel: y\nseed: 3\n",
                           "A: x", "12:30 x\n12:31 y\n", ": x\n: y\n", "A:x\nB:y\n"}) {
    EXPECT_NE(error_of(text).find("text, but no log that is known; tried "), std::string::npos) << text;
  }
}

TEST(PlainText, LimitsNames) {
  std::string text;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 70; ++i) text += "Name" + std::to_string(i) + ": x\n";
  }
  EXPECT_NE(error_of(text).find(":65: byte"), std::string::npos) << error_of(text);
}

}  // namespace
}  // namespace duologue::store
