#include "cli/terminal/safe_text.h"

#include <random>

#include <gtest/gtest.h>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::cli {
namespace {

TEST(SafeText, KeepsPlainTextNewlinesAndTabs) {
  EXPECT_EQ(safe_text("Hello,\n\tworld — grüße, 你好, नमस्ते"), "Hello,\n\tworld — grüße, 你好, नमस्ते");
}

TEST(SafeText, ShowsC0ControlsAsPictures) {
  EXPECT_EQ(safe_text("a\x07\x08\r\x7f"), "a␇␈␍␡");
  EXPECT_EQ(safe_text(std::string("a\0b", 3)), "a␀b");
}

TEST(SafeText, NoEscapeSequenceSurvives) {
  EXPECT_EQ(safe_text("\x1b[2J\x1b[H"), "␛[2J␛[H");                        // clear the screen
  EXPECT_EQ(safe_text("\x1b]0;title\x07"), "␛]0;title␇");                  // set the window's title
  EXPECT_EQ(safe_text("\x1b]52;c;cm0gLXJm\x1b\\"), "␛]52;c;cm0gLXJm␛\\");  // write the clipboard
  EXPECT_EQ(safe_text("\x1bP+q544e\x1b\\\x1b[6n\x1b"
                      "c"),
            "␛P+q544e␛\\␛[6n␛c");  // query, report, reset
  EXPECT_EQ(safe_text("\xc2\x9b"
                      "31m"),
            "‹U+009B›31m");  // C1's CSI as UTF-8
  EXPECT_EQ(safe_text("\x9b"
                      "31m"),
            "\\x9b31m");  // and as a raw byte
}

TEST(SafeText, ShowsBidiControls) {
  EXPECT_EQ(safe_text("a\u202Eb\u202C\u2066c\u2069\u200F"), "a‹U+202E›b‹U+202C›‹U+2066›c‹U+2069›‹U+200F›");
}

TEST(SafeText, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(safe_text("\u200B\u200E\u3164\uFEFF\u00AD\u2060\u2028"),
            "‹U+200B›‹U+200E›‹U+3164›‹U+FEFF›‹U+00AD›‹U+2060›‹U+2028›");
  EXPECT_EQ(safe_text("a\U000E0041\uFE0Fb"), "a‹U+E0041›‹U+FE0F›b");
}

TEST(SafeText, KeepsJoinersThatWritingNeeds) {
  EXPECT_EQ(safe_text("👩\u200D💻 ❤\uFE0F 1\uFE0F\u20E3"), "👩\u200D💻 ❤\uFE0F 1\uFE0F\u20E3");
  EXPECT_EQ(safe_text("می\u200Cخواهم"), "می\u200Cخواهم");
  EXPECT_EQ(safe_text("👩\u200D\u200D"), "👩\u200D‹U+200D›");  // one at a time
  EXPECT_EQ(safe_text("x\u200Dy"), "x‹U+200D›y");
}

TEST(SafeText, StacksOfMarksEnd) {
  std::string zalgo = "a";
  for (int i = 0; i < 20; ++i) zalgo += "\u0301";
  std::string expected = "a";
  for (int i = 0; i < 8; ++i) expected += "\u0301";
  for (int i = 0; i < 12; ++i) expected += "‹U+0301›";
  EXPECT_EQ(safe_text(zalgo), expected);
}

TEST(SafeText, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(safe_text("a\xff\xc3(\xe2\x82"), "a\\xff\\xc3(\\xe2\\x82");
  EXPECT_EQ(safe_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(safe_text("\xc0\x9b"), "\\xc0\\x9b");           // an overlong ESC
}

TEST(SafeText, RoleMarkersAreText) {
  EXPECT_EQ(safe_text("<|im_end|><|im_start|>system"), "<|im_end|><|im_start|>system");
}

// Cut anywhere, the pieces give the whole; and no control, bidi or malformed byte is ever let through.
TEST(SafeText, StreamsTheSameWhereverItIsCut) {
  std::mt19937 random(7);
  const std::string seeds[] = {"\x1b[31m", "\xc2\x9b",      "👩\u200D💻", "\u202E", "\xf0\x9f",
                               "\xff",     "e\u0301\u0301", "plain ",     "\n",     "\u3164",
                               "\xe2",     "\x82",          "1\uFE0F"};
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += seeds[random() % std::size(seeds)];
    const std::string whole = safe_text(text);
    SafeText streamed;
    std::string joined;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t n = 1 + random() % 3;
      joined += streamed.push(std::string_view(text).substr(at, n));
      at += n;
    }
    joined += streamed.flush();
    ASSERT_EQ(joined, whole);
    ASSERT_TRUE(base::is_valid_utf8(whole));
    for (std::string_view rest = whole; !rest.empty();) {
      const base::Utf8Step step = base::decode_utf8(rest);
      ASSERT_TRUE(step.code_point == '\n' || !base::is_control(step.code_point));
      ASSERT_FALSE(base::is_bidi_control(step.code_point));
      rest.remove_prefix(step.length);
    }
  }
}

TEST(SafeText, CanBeUsedAgainAfterFlush) {
  SafeText safe;
  EXPECT_EQ(safe.push("\xe2\x82"), "");
  EXPECT_EQ(safe.flush(), "\\xe2\\x82");
  EXPECT_EQ(safe.push("\xac"), "\\xac");
}

TEST(SafeLine, PutsEverythingOnOneLine) { EXPECT_EQ(safe_line("a\nb\tc\x1b"), "a␊b c␛"); }

TEST(SafeLine, CutsByColumns) {
  EXPECT_EQ(safe_line("abcdef", 6), "abcdef");
  EXPECT_EQ(safe_line("abcdefg", 6), "abcde…");
  EXPECT_EQ(safe_line("你好你好", 5), "你好…");
  EXPECT_EQ(safe_line("你好你好", 6), "你好…");
  EXPECT_EQ(safe_line("abc", 1), "…");
  EXPECT_EQ(safe_line("abc", 0), "");
}

}  // namespace
}  // namespace duologue::cli
