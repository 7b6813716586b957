#include "base/utf8.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::base {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kFffd = "\xEF\xBF\xBD";

std::string fffd(int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += kFffd;
  return out;
}

TEST(Utf8, AcceptsWhatIsValid) {
  for (std::string_view good : {""sv, "plain"sv, "caf\xC3\xA9"sv, "\xE2\x82\xAC"sv, "\xF0\x9F\x8C\x80"sv,
                                "\0nul inside\0"sv, "\xED\x9F\xBF\xEE\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
    EXPECT_EQ(replace_invalid_utf8(good), good);
  }
}

TEST(Utf8, RefusesOverlongSurrogateTooLargeAndTruncated) {
  for (std::string_view bad :
       {"\x80"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x80\x80"sv, "\xED\xA0\x80"sv, "\xF0\x80\x80\x80"sv,
        "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv, "\xE2\x82"sv, "\xF0\x9F\x8C"sv}) {
    EXPECT_FALSE(is_valid_utf8(bad));
    EXPECT_FALSE(is_valid_utf8("sixteen bytes or "s + std::string(bad) + " and more after")) << bad.size();
  }
}

// The examples of the Unicode Standard, chapter 3.9, tables 3-8 to 3-11: one U+FFFD for each maximal subpart.
TEST(Utf8, ReplacesEachMaximalSubpart) {
  EXPECT_EQ(replace_invalid_utf8("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"), fffd(8) + "A");
  EXPECT_EQ(replace_invalid_utf8("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"), fffd(8) + "A");
  EXPECT_EQ(replace_invalid_utf8("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"), fffd(5) + "A" + fffd(2) + "B");
  EXPECT_EQ(replace_invalid_utf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), fffd(4) + "A");
}

TEST(Utf8, AppendIsTheInverseOfDecode) {
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x11000 ? 1 : 97) {
    std::string bytes;
    append_utf8(bytes, c);
    const Utf8Step step = decode_utf8(bytes);
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_TRUE(step.valid);
    ASSERT_EQ(step.length, bytes.size());
    ASSERT_EQ(step.code_point, surrogate ? kReplacementCharacter : c);
  }
  std::string out;
  append_utf8(out, 0x110000);
  EXPECT_EQ(out, kFffd);
}

TEST(Utf8, AsciiPrefixEndsAtTheFirstHighByte) {
  const std::string text(40, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string high = text;
    high[i] = '\x80';
    EXPECT_EQ(ascii_prefix(high), i);
    EXPECT_FALSE(is_ascii(high));
  }
  EXPECT_EQ(ascii_prefix(text), text.size());
  EXPECT_TRUE(is_ascii(text));
}

TEST(Utf8, FloorBoundaryCutsBetweenCodePoints) {
  constexpr std::string_view kText = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x80z";  // starts at 0, 1, 3, 6, 10
  const std::vector<std::size_t> want{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11, 11};
  for (std::size_t n = 0; n < want.size(); ++n) EXPECT_EQ(floor_boundary(kText, n), want[n]) << n;
  EXPECT_EQ(floor_boundary("", 5), 0u);
  EXPECT_EQ(floor_boundary("\x80\x80\x80\x80\x80\x80", 4), 4u);  // stray continuation bytes
  EXPECT_EQ(floor_boundary("\xC3\xA9\x80\x80", 3), 3u);          // the byte before the cut belongs to nothing
  EXPECT_EQ(floor_boundary("\xE2\x82", 1), 0u);                  // truncated at the end, still one piece
}

std::string assemble(std::string_view bytes, std::size_t step) {
  Utf8Assembler assembler;
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += step) {
    const std::string piece = assembler.push(bytes.substr(i, step));
    EXPECT_TRUE(is_valid_utf8(piece));
    out += piece;
  }
  return out + assembler.flush();
}

TEST(Utf8Assembler, GivesWholeSequencesAsSoonAsTheyAreComplete) {
  Utf8Assembler assembler;
  EXPECT_EQ(assembler.push("ab\xF0\x9F"), "ab");
  EXPECT_EQ(assembler.push("\x8C"), "");
  EXPECT_EQ(assembler.push("\x80!"), "\xF0\x9F\x8C\x80!");
  EXPECT_EQ(assembler.flush(), "");
  EXPECT_EQ(assembler.push("\xE2\x82"), "");
  EXPECT_EQ(assembler.flush(), kFffd);
  EXPECT_EQ(assembler.push("x"), "x");
}

// A linear congruential generator: the same bytes on every machine.
TEST(Utf8Assembler, AnyChunkingGivesWhatReplacingTheWholeGives) {
  const std::vector<std::string_view> pieces{
      "a",        "\xC3", "\xA9",         "\xE2\x82\xAC", "\xE2", "\x82", "\xF0\x9F\x8C\x80",
      "\xF0\x9F", "\xFF", "\xED\xA0\x80", "\x80",         "zz"};
  std::uint32_t state = 1;
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 12; ++i) {
      state = state * 1664525u + 1013904223u;
      bytes += pieces[(state >> 16) % pieces.size()];
    }
    const std::string want = replace_invalid_utf8(bytes);
    ASSERT_TRUE(is_valid_utf8(want));
    for (std::size_t step = 1; step <= 5; ++step)
      ASSERT_EQ(assemble(bytes, step), want) << round << " step " << step;
  }
}

}  // namespace
}  // namespace duologue::base
