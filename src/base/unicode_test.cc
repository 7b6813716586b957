#include "base/unicode.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace duologue::base {
namespace {

TEST(Unicode, FoldsToComposedLowerCase) {
  EXPECT_EQ(nfc_lower("Hello, WORLD [42]@Z"), "hello, world [42]@z");
  EXPECT_EQ(nfc_lower("CAF\u00C9"), "caf\u00E9");
  EXPECT_EQ(nfc_lower("CAFE\u0301"), "caf\u00E9");  // e + acute composes
  EXPECT_EQ(nfc_lower("\u212B"), "\u00E5");         // the Angstrom sign is an A with ring
  EXPECT_EQ(nfc_lower("\u0130"), "i\u0307");        // dotted capital I, root locale
  EXPECT_EQ(nfc_lower("\u039F\u0394\u039F\u03A3"), "\u03BF\u03B4\u03BF\u03C2");  // final sigma
  EXPECT_EQ(nfc_lower("A\u200BB \U0001F300"), "a\u200Bb \U0001F300");
  EXPECT_EQ(nfc_lower("\u304B\u3099"), "\u304C");  // ka + voicing mark
  EXPECT_EQ(nfc_lower("X\xFFY"), "x\uFFFDy");
  EXPECT_EQ(nfc_lower(""), "");
}

// Whatever only_ascii_case_folds lets through must be left alone by ICU, beside ASCII letters as well. U+00C9
// in front keeps the text off the short way.
TEST(Unicode, TheShortWayGivesWhatIcuGives) {
  int short_way = 0;
  for (char32_t c = 0x80; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text = "Ae";
    append_utf8(text, c);
    text += "Ec";
    if (!only_ascii_case_folds(text)) continue;
    ++short_way;
    ASSERT_EQ(nfc_lower("\u00C9" + text), "\u00E9" + nfc_lower(text))
        << std::hex << static_cast<std::uint32_t>(c);
  }
  EXPECT_GT(short_way, 30000);
  EXPECT_FALSE(only_ascii_case_folds("na\u00EFve"));
  EXPECT_FALSE(only_ascii_case_folds("e\u0301"));
  EXPECT_FALSE(only_ascii_case_folds("wrong \xFF bytes"));
}

TEST(Unicode, WordAndSpace) {
  for (char32_t c : std::u32string_view(U"aZ09_\u00E9\u0416\u4E2D\u0661\u00B2\u2160\u3164")) {
    EXPECT_TRUE(is_word(c)) << std::hex << static_cast<std::uint32_t>(c);
  }
  for (char32_t c : std::u32string_view(U" '-.\u2019\u200B\u200E\uFE0F\u0301\U0001F300\uFFFD")) {
    EXPECT_FALSE(is_word(c)) << std::hex << static_cast<std::uint32_t>(c);
  }
  for (char32_t c : std::u32string_view(U" \t\n\r\u00A0\u2003\u2028\u3000\x1F\x85")) {
    EXPECT_TRUE(is_space(c)) << std::hex << static_cast<std::uint32_t>(c);
  }
  for (char32_t c : std::u32string_view(U"a.\u200B\u200E\uFEFF\u3164\x1B")) {
    EXPECT_FALSE(is_space(c)) << std::hex << static_cast<std::uint32_t>(c);
  }
}

TEST(Unicode, WidthOnATerminal) {
  EXPECT_EQ(display_width(U'a'), 1);
  EXPECT_EQ(display_width(U'\u00E9'), 1);
  EXPECT_EQ(display_width(U'\u0301'), 0);  // combining acute
  EXPECT_EQ(display_width(U'\u200B'), 0);  // zero-width space
  EXPECT_EQ(display_width(U'\u202E'), 0);  // right-to-left override
  EXPECT_EQ(display_width(U'\u4E2D'), 2);
  EXPECT_EQ(display_width(U'\uFF21'), 2);      // full-width A
  EXPECT_EQ(display_width(U'\uD55C'), 2);      // a Hangul syllable
  EXPECT_EQ(display_width(U'\u1161'), 0);      // a vowel that joins it
  EXPECT_EQ(display_width(U'\U0001F300'), 2);  // cyclone
  EXPECT_EQ(display_width(U'\u2764'), 1);      // a heart shown as text
  EXPECT_EQ(display_width(U'\x1B'), 0);
  EXPECT_EQ(display_width("ab\u4E2D\U0001F300e\u0301"), 7);
  EXPECT_EQ(display_width("\xFF"), 1);
  EXPECT_EQ(display_width(""), 0);
}

TEST(Unicode, InvisibleAndFormatCharacters) {
  for (char32_t c : {U'\u200B', U'\u200D', U'\u200E', U'\u202E', U'\u2060', U'\uFEFF', U'\U000E0041'}) {
    EXPECT_TRUE(is_format(c)) << std::hex << static_cast<std::uint32_t>(c);
    EXPECT_TRUE(is_zero_width(c)) << std::hex << static_cast<std::uint32_t>(c);
  }
  for (char32_t c : {U'a', U'\u0301', U'\u3164', U'\x1B', U'\u00A0'}) EXPECT_FALSE(is_zero_width(c));
  EXPECT_TRUE(is_format(U'\u00AD'));
  EXPECT_FALSE(is_zero_width(U'\u00AD'));  // a soft hyphen has a column on a terminal
  int bidi = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) bidi += is_bidi_control(c);
  EXPECT_EQ(bidi, 12);
  EXPECT_TRUE(is_bidi_control(U'\u202E'));
  EXPECT_TRUE(is_bidi_control(U'\u2066'));
  EXPECT_FALSE(is_bidi_control(U'\u200B'));
  for (char32_t c : {U'\0', U'\x1B', U'\x7F', U'\x9B'}) EXPECT_TRUE(is_control(c));
  EXPECT_FALSE(is_control(U' '));
}

TEST(Unicode, NormalForms) {
  const std::string composed = "\u00E9\uFB01\u1E9B\u0323";
  EXPECT_EQ(normal_form(composed, NormalForm::kNfc), composed);
  EXPECT_EQ(normal_form(composed, NormalForm::kNfd), "e\u0301\uFB01\u017F\u0323\u0307");
  EXPECT_EQ(normal_form(composed, NormalForm::kNfkc), "\u00E9fi\u1E69");
  EXPECT_EQ(normal_form(composed, NormalForm::kNfkd), "e\u0301fis\u0323\u0307");
  EXPECT_EQ(normal_form("a\xFF", NormalForm::kNfc), "a\uFFFD");
  EXPECT_EQ(normal_form("", NormalForm::kNfkd), "");
}

TEST(Unicode, LowersOneCharacterByItself) {
  std::string out;
  for (const char32_t c : {U'A', U'z', U'\u00C9', U'\u03A3', U'\u0130', U'\u4E2D', U'\U00010400'})
    append_lower(out, c);
  EXPECT_EQ(out, "az\u00E9\u03C3i\u0307\u4E2D\U00010428");
}

TEST(Unicode, GraphemeClusters) {
  using Ends = std::vector<std::size_t>;
  EXPECT_EQ(grapheme_ends(""), Ends{});
  EXPECT_EQ(grapheme_ends("ab"), (Ends{1, 2}));
  EXPECT_EQ(grapheme_ends("e\u0301x"), (Ends{3, 4}));
  EXPECT_EQ(grapheme_ends("\r\n\n"), (Ends{2, 3}));
  EXPECT_EQ(grapheme_ends("\U0001F469\u200D\U0001F467a"), (Ends{11, 12}));  // woman and girl, joined
  EXPECT_EQ(grapheme_ends("\xFF\xFE"), (Ends{1, 2}));
}

TEST(Unicode, PunctuationMarksAndPrivateUse) {
  for (const char32_t c : {U'!', U'_', U'\u2014', U'\u3002', U'\u00BF'}) EXPECT_TRUE(is_punctuation(c));
  for (const char32_t c : {U'$', U'+', U'a', U' ', U'\u20AC'}) EXPECT_FALSE(is_punctuation(c));
  EXPECT_TRUE(is_mark(U'\u0301'));
  EXPECT_TRUE(is_nonspacing_mark(U'\u0301'));
  EXPECT_TRUE(is_mark(U'\u0903'));
  EXPECT_FALSE(is_nonspacing_mark(U'\u0903'));  // a spacing one
  EXPECT_FALSE(is_mark(U'a'));
  EXPECT_TRUE(is_private_use(U'\uE000'));
  EXPECT_FALSE(is_private_use(U'\u200B'));
}

TEST(Unicode, Pictographs) {
  for (char32_t c : {U'\U0001F300', U'\U0001F64F', U'\u2764', U'\u2728'})
    EXPECT_TRUE(is_extended_pictographic(c));
  for (char32_t c : {U'a', U'1', U'#', U'\u4E2D', U'\u2014'}) EXPECT_FALSE(is_extended_pictographic(c));
}

}  // namespace
}  // namespace duologue::base
