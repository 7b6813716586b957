// What Unicode says about characters, from ICU: case and normal form, word and space, width on a terminal,
// invisible and format characters, emoji. The only file of duologue that knows ICU. Pure functions, any
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duologue::base {

// NFC, then the lower case of the root locale. Invalid UTF-8 is replaced first (base/utf8.h). Past 1 GiB only
// A-Z are lowered.
std::string nfc_lower(std::string_view utf8);

// A cheap test: true where nfc_lower would at most turn A-Z to a-z, so that callers can do that themselves in
// place. True for ASCII, general punctuation, zero-width characters, Han, Kana, Hangul syllables and emoji;
// false may only mean "not known", or that the bytes are no valid UTF-8.
bool only_ascii_case_folds(std::string_view utf8);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };
// Unicode's normal form of the text. Invalid UTF-8 is replaced first. Past 1 GiB the text comes back as it
// is.
std::string normal_form(std::string_view utf8, NormalForm form);
// Appends the lower case of one character, whatever stands beside it (so no final sigma).
void append_lower(std::string& out, char32_t c);
// Where each extended grapheme cluster ends, in bytes; the last is the size. Invalid UTF-8 counts as U+FFFD.
std::vector<std::size_t> grapheme_ends(std::string_view utf8);

// A letter, a number or '_': what `\w` matches in Python's re. Combining marks are not.
bool is_word(char32_t c);
// What `\s` matches there: White_Space and U+001C..001F.
bool is_space(char32_t c);
// Nothing but that, or nothing at all. Wrong bytes are something.
bool is_all_space(std::string_view utf8);

bool is_punctuation(char32_t c);      // general category P
bool is_mark(char32_t c);             // general category M
bool is_nonspacing_mark(char32_t c);  // general category Mn
bool is_private_use(char32_t c);      // general category Co

// Columns on a terminal, as wcwidth counts them: 2 for East Asian wide and full-width and for emoji shown as
// such, 0 for combining marks, format characters and controls, 1 otherwise.
int display_width(char32_t c);
// The sum over the code points; a tab counts 0, so expand it first. Wrong bytes count as U+FFFD, 1.
int display_width(std::string_view utf8);

// C0, DEL and C1.
bool is_control(char32_t c);
// General category Cf: zero-width joiners and spaces, bidi controls, tags, soft hyphen, byte order mark.
bool is_format(char32_t c);
// The nine characters that turn the direction of the text round them, and the three marks.
bool is_bidi_control(char32_t c);
// Takes no column and shows nothing by itself: width 0 and neither a mark nor a control.
bool is_zero_width(char32_t c);
bool is_extended_pictographic(char32_t c);
bool is_upper(char32_t c);  // Uppercase
bool is_lower(char32_t c);  // Lowercase

// Whether `c` belongs to the same character as `before`, as people count them: most of UAX #29's rules for
// grapheme clusters (marks, joiners, joined emoji, Hangul, flags), without its rules for conjuncts. `flags`
// counts the regional indicators just before `c`.
bool continues_grapheme(char32_t before, char32_t c, std::size_t flags);
bool is_regional_indicator(char32_t c);

}  // namespace duologue::base
