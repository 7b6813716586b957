#include "cli/terminal/safe_text.h"

#include <fmt/format.h>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::cli {
namespace {

// Marks stack upwards without end; no language needs more than a few on one letter.
constexpr std::size_t kMaxMarks = 8;

constexpr char32_t kZeroWidthNonJoiner = 0x200C;
constexpr char32_t kZeroWidthJoiner = 0x200D;
constexpr char32_t kTextSelector = 0xFE0E;
constexpr char32_t kEmojiSelector = 0xFE0F;

bool is_skin_tone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }

// Scripts whose spelling uses the joiners: Arabic, Syriac, Thaana, N'Ko, and the Indic blocks from Devanagari
// to Sinhala.
bool spells_with_joiners(char32_t c) {
  return (c >= 0x0620 && c <= 0x07FF) || (c >= 0x08A0 && c <= 0x0DFF) || (c >= 0xFB50 && c <= 0xFDFF);
}

// Letters and separators that look like nothing, or break the line outside our count of rows.
bool looks_like_nothing(char32_t c) {
  switch (c) {
    case 0x034F:  // combining grapheme joiner
    case 0x115F:  // Hangul fillers
    case 0x1160:
    case 0x17B4:  // Khmer inherent vowels
    case 0x17B5:
    case 0x2028:  // line and paragraph separators
    case 0x2029:
    case 0x2800:  // Braille blank
    case 0x3164:
    case 0xFFA0:
      return true;
    default:
      // Variation selectors and tags, noncharacters.
      return (c >= 0x180B && c <= 0x180F) || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0000 && c <= 0xE0FFF) ||
             (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
  }
}

void show_code_point(char32_t c, std::string& out) {
  fmt::format_to(std::back_inserter(out), "‹U+{:04X}›", static_cast<std::uint32_t>(c));
}

void show_bytes(std::string_view bytes, std::string& out) {
  for (const char byte : bytes) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(byte));
  }
}

}  // namespace

bool SafeText::joins(char32_t c) const {
  const bool after_emoji =
      base::is_extended_pictographic(before_) || is_skin_tone(before_) || before_ == kEmojiSelector;
  switch (c) {
    case kZeroWidthJoiner:
      return after_emoji || spells_with_joiners(before_);
    case kZeroWidthNonJoiner:
      return spells_with_joiners(before_);
    case kTextSelector:
    case kEmojiSelector:
      return base::is_extended_pictographic(before_) || (before_ >= '0' && before_ <= '9') ||
             before_ == '#' || before_ == '*';
    default:
      return false;
  }
}

void SafeText::take(char32_t c, std::string& out) {
  if (c >= 0x20 && c < 0x7F) {
    out.push_back(static_cast<char>(c));
    marks_ = 0;
    before_ = c;
    return;
  }
  if (c == '\n' || c == '\t') {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x20) {
    base::append_utf8(out, 0x2400 + c);
  } else if (c == 0x7F) {
    base::append_utf8(out, 0x2421);
  } else if (joins(c)) {
    base::append_utf8(out, c);
    before_ = c;
    return;
  } else if (base::is_control(c) || base::is_bidi_control(c) || base::is_format(c) ||
             base::is_zero_width(c) || looks_like_nothing(c)) {
    show_code_point(c, out);
  } else {
    const bool mark = base::display_width(c) == 0;
    marks_ = mark ? marks_ + 1 : 0;
    if (marks_ > kMaxMarks) {
      show_code_point(c, out);
      return;
    }
    base::append_utf8(out, c);
    if (!mark) before_ = c;
    return;
  }
  marks_ = 0;
  before_ = 0;
}

std::string SafeText::push(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() + held_.size());
  std::string joined;
  if (!held_.empty()) {
    joined = held_ + std::string(bytes);
    held_.clear();
    bytes = joined;
  }
  while (!bytes.empty()) {
    const base::Utf8Step step = base::decode_utf8(bytes);
    if (step.valid) {
      take(step.code_point, out);
    } else if (step.truncated && step.length == bytes.size()) {
      held_ = bytes;
      break;
    } else {
      show_bytes(bytes.substr(0, step.length), out);
      marks_ = 0;
      before_ = 0;
    }
    bytes.remove_prefix(step.length);
  }
  return out;
}

std::string SafeText::flush() {
  std::string out;
  show_bytes(held_, out);
  *this = SafeText();
  return out;
}

std::string safe_text(std::string_view bytes) {
  SafeText safe;
  std::string out = safe.push(bytes);
  out += safe.flush();
  return out;
}

std::string safe_line(std::string_view bytes, std::size_t max_columns) {
  const std::string safe = safe_text(bytes);
  std::string out;
  std::size_t columns = 0;
  std::size_t fits = 0;  // bytes of `out` that leave room for the ellipsis
  std::string_view rest = safe;
  while (!rest.empty()) {
    const base::Utf8Step step = base::decode_utf8(rest);
    const char32_t c = step.code_point == '\n' ? 0x240A : step.code_point == '\t' ? ' ' : step.code_point;
    const auto width = static_cast<std::size_t>(base::display_width(c));
    if (columns + width > max_columns) {
      out.resize(fits);
      return max_columns == 0 ? "" : out + "…";
    }
    base::append_utf8(out, c);
    columns += width;
    if (columns < max_columns) fits = out.size();
    rest.remove_prefix(step.length);
  }
  return out;
}

}  // namespace duologue::cli
