#include "cli/terminal/flow.h"

#include <random>

#include <gtest/gtest.h>

#include "base/unicode.h"

namespace duologue::cli {
namespace {

using Rows = std::vector<std::string>;

Rows all_rows(Flow& flow) {
  Rows rows = flow.take_rows();
  rows.push_back(flow.row());
  return rows;
}

TEST(Flow, BreaksAtWords) {
  Flow flow(10);
  flow.put("one two three four");
  EXPECT_EQ(all_rows(flow), (Rows{"one two", "three four"}));
}

TEST(Flow, AWordThatComesInPiecesMovesWhole) {
  Flow flow(10);
  for (const char* piece : {"one ", "two ", "th", "ree"}) flow.put(piece);
  EXPECT_EQ(all_rows(flow), (Rows{"one two", "three"}));
}

TEST(Flow, CutsAWordThatIsLongerThanARow) {
  Flow flow(4);
  flow.put("abcdefghij");
  EXPECT_EQ(all_rows(flow), (Rows{"abcd", "efgh", "ij"}));
}

TEST(Flow, KeepsNewlinesAndEmptyRows) {
  Flow flow(10);
  flow.put("a\n\nb");
  EXPECT_EQ(all_rows(flow), (Rows{"a", "", "b"}));
}

TEST(Flow, SetsInTheRowsThatFollow) {
  Flow flow(12);
  flow.put("A: ");
  flow.set_indent(3);
  flow.put("one two three\nfour");
  EXPECT_EQ(all_rows(flow), (Rows{"A: one two", "   three", "   four"}));
}

TEST(Flow, WideCharactersTakeTwoColumns) {
  Flow flow(5);
  flow.put("你好你好");
  EXPECT_EQ(all_rows(flow), (Rows{"你好", "你好"}));
}

TEST(Flow, TabsBecomeSpaces) {
  Flow flow(20);
  flow.put("a\tb");
  EXPECT_EQ(flow.row(), "a   b");
}

TEST(Flow, ColoursEndWithTheirRowAndGoOnInTheNext) {
  Flow flow(5);
  flow.set_style("\x1b[1m");
  flow.put("aa bb cc");
  EXPECT_EQ(all_rows(flow), (Rows{"\x1b[1maa bb\x1b[0m", "\x1b[1mcc\x1b[0m"}));
}

TEST(Flow, ANewWidthBeginsANewRow) {
  Flow flow(20);
  flow.put("one two");
  flow.set_width(5);
  flow.put("three");
  EXPECT_EQ(all_rows(flow), (Rows{"one two", "three"}));
}

TEST(Flow, NoRowIsWiderThanAsked) {
  std::mt19937 random(3);
  const std::string words[] = {"a",  "word ", "  ",     "verylongwordwithoutspaces", "你好", "\n",
                               "\t", "🙂 ",   "e\u0301"};
  for (std::size_t width = 2; width < 60; ++width) {
    Flow flow(width);
    flow.set_indent(random() % 8);
    for (int i = 0; i < 200; ++i) flow.put(words[random() % std::size(words)]);
    for (const std::string& row : all_rows(flow)) {
      ASSERT_LE(static_cast<std::size_t>(base::display_width(row)), width) << row;
    }
  }
}

}  // namespace
}  // namespace duologue::cli
