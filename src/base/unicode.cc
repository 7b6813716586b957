#include "base/unicode.h"

#include <cstddef>
#include <cstdint>
#include <memory>

#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include "base/utf8.h"

namespace duologue::base {
namespace {

constexpr std::size_t kIcuBytes = std::size_t{1} << 30;  // ICU counts in 32 bits

UChar32 icu_char(char32_t c) { return static_cast<UChar32>(c); }

icu::StringPiece piece(std::string_view text) {
  return icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()));
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// Ranges in which no character has a case, changes under NFC, or composes with another of them or with ASCII.
bool is_inert(char32_t c) {
  return (c >= 0x2002 && c <= 0x2063) ||  // general punctuation; U+2000 and U+2001 have canonical equivalents
         (c >= 0x2500 && c <= 0x27BF) || (c >= 0x3001 && c <= 0x3029) || (c >= 0x3041 && c <= 0x3096) ||
         (c >= 0x30A1 && c <= 0x30FA) || c == 0x3164 || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || c == 0xFE0F || c == 0xFFFD || (c >= 0x1F300 && c <= 0x1FAFF);
}

std::string nfc_lower_by_icu(std::string_view text) {
  if (text.size() > kIcuBytes) return ascii_lower(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  std::string normal;
  icu::StringByteSink<std::string> normal_sink(&normal, static_cast<std::int32_t>(text.size()));
  if (U_SUCCESS(status)) nfc->normalizeUTF8(0, piece(text), normal_sink, nullptr, status);
  std::string lower;
  icu::StringByteSink<std::string> lower_sink(&lower, static_cast<std::int32_t>(normal.size()));
  if (U_SUCCESS(status)) icu::CaseMap::utf8ToLower("", 0, piece(normal), lower_sink, nullptr, status);
  // ICU fails here only when memory runs out or its data is missing: the unfolded text is the best answer
  // left.
  return U_SUCCESS(status) ? lower : ascii_lower(text);
}

}  // namespace

std::string nfc_lower(std::string_view utf8) {
  if (only_ascii_case_folds(utf8)) return ascii_lower(utf8);
  if (!is_valid_utf8(utf8)) return nfc_lower(replace_invalid_utf8(utf8));
  return nfc_lower_by_icu(utf8);
}

bool only_ascii_case_folds(std::string_view utf8) {
  for (;;) {
    utf8.remove_prefix(ascii_prefix(utf8));
    if (utf8.empty()) return true;
    const Utf8Step step = decode_utf8(utf8);
    if (!step.valid || !is_inert(step.code_point)) return false;
    utf8.remove_prefix(step.length);
  }
}

namespace {

const icu::Normalizer2* normalizer_of(NormalForm form, UErrorCode& status) {
  switch (form) {
    case NormalForm::kNfc:
      return icu::Normalizer2::getNFCInstance(status);
    case NormalForm::kNfd:
      return icu::Normalizer2::getNFDInstance(status);
    case NormalForm::kNfkc:
      return icu::Normalizer2::getNFKCInstance(status);
    case NormalForm::kNfkd:
      return icu::Normalizer2::getNFKDInstance(status);
  }
  return nullptr;
}

}  // namespace

std::string normal_form(std::string_view utf8, NormalForm form) {
  if (is_ascii(utf8) || utf8.size() > kIcuBytes) return std::string(utf8);
  if (!is_valid_utf8(utf8)) return normal_form(replace_invalid_utf8(utf8), form);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = normalizer_of(form, status);
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(utf8.size()));
  if (U_SUCCESS(status)) normalizer->normalizeUTF8(0, piece(utf8), sink, nullptr, status);
  return U_SUCCESS(status) ? out : std::string(utf8);
}

void append_lower(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  } else if (c == 0x130) {  // the one character whose lower case is two
    out += "i\xCC\x87";
  } else {
    append_utf8(out, static_cast<char32_t>(u_tolower(icu_char(c))));
  }
}

std::vector<std::size_t> grapheme_ends(std::string_view utf8) {
  std::vector<std::size_t> ends;
  UErrorCode status = U_ZERO_ERROR;
  UText text = UTEXT_INITIALIZER;
  utext_openUTF8(&text, utf8.data(), static_cast<std::int64_t>(utf8.size()), &status);
  std::unique_ptr<icu::BreakIterator> graphemes;
  if (U_SUCCESS(status) && utf8.size() <= kIcuBytes) {
    graphemes.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  }
  if (graphemes && U_SUCCESS(status)) graphemes->setText(&text, status);
  if (graphemes && U_SUCCESS(status)) {
    for (std::int32_t end = graphemes->next(); end != icu::BreakIterator::DONE; end = graphemes->next())
      ends.push_back(static_cast<std::size_t>(end));
  } else {  // too large, or no memory: code points
    for (std::size_t at = 0; at < utf8.size(); ends.push_back(at)) at += decode_utf8(utf8.substr(at)).length;
  }
  utext_close(&text);
  return ends;
}

bool is_word(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
  return (U_GET_GC_MASK(icu_char(c)) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  return u_isUWhiteSpace(icu_char(c));
}

bool is_all_space(std::string_view utf8) {
  while (!utf8.empty()) {
    const Utf8Step step = decode_utf8(utf8);
    if (!is_space(step.code_point)) return false;
    utf8.remove_prefix(step.length);
  }
  return true;
}

bool is_punctuation(char32_t c) { return (U_GET_GC_MASK(icu_char(c)) & U_GC_P_MASK) != 0; }
bool is_mark(char32_t c) { return c >= 0x300 && (U_GET_GC_MASK(icu_char(c)) & U_GC_M_MASK) != 0; }
bool is_nonspacing_mark(char32_t c) { return c >= 0x300 && u_charType(icu_char(c)) == U_NON_SPACING_MARK; }
bool is_private_use(char32_t c) { return c >= 0xE000 && u_charType(icu_char(c)) == U_PRIVATE_USE_CHAR; }

int display_width(char32_t c) {
  if (c >= 0x20 && c < 0x7F) return 1;
  if (is_control(c)) return 0;
  if (c < 0x300) return 1;  // the soft hyphen too, as terminals have it
  if ((U_GET_GC_MASK(icu_char(c)) & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK)) != 0) return 0;
  const int hangul = u_getIntPropertyValue(icu_char(c), UCHAR_HANGUL_SYLLABLE_TYPE);
  if (hangul == U_HST_VOWEL_JAMO || hangul == U_HST_TRAILING_JAMO) return 0;  // join the syllable before them
  const int wide = u_getIntPropertyValue(icu_char(c), UCHAR_EAST_ASIAN_WIDTH);
  return wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
}

int display_width(std::string_view utf8) {
  int width = 0;
  while (!utf8.empty()) {
    const Utf8Step step = decode_utf8(utf8);
    width += display_width(step.code_point);
    utf8.remove_prefix(step.length);
  }
  return width;
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

bool is_format(char32_t c) { return c >= 0x80 && u_charType(icu_char(c)) == U_FORMAT_CHAR; }

bool is_bidi_control(char32_t c) { return c >= 0x80 && u_hasBinaryProperty(icu_char(c), UCHAR_BIDI_CONTROL); }

bool is_zero_width(char32_t c) { return is_format(c) && display_width(c) == 0; }

bool is_extended_pictographic(char32_t c) {
  return c >= 0x80 && u_hasBinaryProperty(icu_char(c), UCHAR_EXTENDED_PICTOGRAPHIC);
}

bool is_upper(char32_t c) { return c < 0x80 ? c >= 'A' && c <= 'Z' : u_isUUppercase(icu_char(c)) != 0; }
bool is_lower(char32_t c) { return c < 0x80 ? c >= 'a' && c <= 'z' : u_isULowercase(icu_char(c)) != 0; }

bool is_regional_indicator(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }

bool continues_grapheme(char32_t before, char32_t c, std::size_t flags) {
  if (c < 0x80) return before == '\r' && c == '\n';
  const auto kind = [](char32_t x) {
    return u_getIntPropertyValue(icu_char(x), UCHAR_GRAPHEME_CLUSTER_BREAK);
  };
  const int kind_c = kind(c);
  if (kind_c == U_GCB_EXTEND || kind_c == U_GCB_ZWJ || kind_c == U_GCB_SPACING_MARK)
    return !is_control(before);
  constexpr char32_t kJoiner = 0x200D;
  if (before == kJoiner && is_extended_pictographic(c)) return true;
  if (is_regional_indicator(c)) return flags % 2 == 1;
  const int kind_before = kind(before);
  switch (kind_c) {
    case U_GCB_L:
    case U_GCB_LV:
    case U_GCB_LVT:
      return kind_before == U_GCB_L;
    case U_GCB_V:
      return kind_before == U_GCB_L || kind_before == U_GCB_V || kind_before == U_GCB_LV;
    case U_GCB_T:
      return kind_before == U_GCB_V || kind_before == U_GCB_T || kind_before == U_GCB_LV ||
             kind_before == U_GCB_LVT;
    default:
      return kind_before == U_GCB_PREPEND;
  }
}

}  // namespace duologue::base
