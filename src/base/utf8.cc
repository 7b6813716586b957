#include "base/utf8.h"

#include <cstring>

namespace duologue::base {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080ull;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Length that a lead byte announces; 0 for a byte that can't lead.
std::uint8_t announced_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

// The range of the second byte: narrower after some leads, which is what keeps out overlong forms, surrogates
// and values past U+10FFFF.
bool second_byte_fits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

}  // namespace

Utf8Step decode_utf8(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80) return {.code_point = lead, .length = 1, .valid = true, .truncated = false};
  const std::uint8_t length = announced_length(lead);
  if (length == 0)
    return {.code_point = kReplacementCharacter, .length = 1, .valid = false, .truncated = false};
  char32_t code_point = lead & (0x7Fu >> length);
  for (std::uint8_t i = 1; i < length; ++i) {
    if (i == bytes.size()) {
      return {.code_point = kReplacementCharacter, .length = i, .valid = false, .truncated = true};
    }
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool fits = i == 1 ? second_byte_fits(lead, byte) : is_continuation(bytes[i]);
    if (!fits) return {.code_point = kReplacementCharacter, .length = i, .valid = false, .truncated = false};
    code_point = (code_point << 6) | (byte & 0x3Fu);
  }
  return {.code_point = code_point, .length = length, .valid = true, .truncated = false};
}

void append_utf8(std::string& out, char32_t code_point) {
  if (code_point > 0x10FFFF || (code_point >= 0xD800 && code_point <= 0xDFFF))
    code_point = kReplacementCharacter;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0 | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t ascii_prefix(std::string_view bytes) {
  std::size_t i = 0;  // eight at a time, then one by one
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    if (word & kHighBits) break;
  }
  while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) < 0x80) ++i;
  return i;
}

bool is_ascii(std::string_view bytes) { return ascii_prefix(bytes) == bytes.size(); }

bool is_valid_utf8(std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(ascii_prefix(bytes));
    if (bytes.empty()) return true;
    const Utf8Step step = decode_utf8(bytes);
    if (!step.valid) return false;
    bytes.remove_prefix(step.length);
  }
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (;;) {
    const std::size_t plain = ascii_prefix(bytes);
    out.append(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
    if (bytes.empty()) return out;
    const Utf8Step step = decode_utf8(bytes);
    if (step.valid) {
      out.append(bytes.substr(0, step.length));
    } else {
      append_utf8(out, kReplacementCharacter);
    }
    bytes.remove_prefix(step.length);
  }
}

std::size_t floor_boundary(std::string_view bytes, std::size_t n) {
  if (n >= bytes.size()) return bytes.size();
  if (!is_continuation(bytes[n])) return n;
  for (std::size_t back = 1; back <= 3 && back <= n; ++back) {
    const std::size_t start = n - back;
    if (is_continuation(bytes[start])) continue;
    return decode_utf8(bytes.substr(start)).length > back ? start : n;
  }
  return n;  // a stray run of continuation bytes: every cut is as good
}

std::string Utf8Assembler::push(std::string_view bytes) {
  held_.append(bytes);
  // Only the last sequence can be incomplete, and a lead byte lies within its last three bytes.
  std::size_t keep = 0;
  for (std::size_t back = 1; back <= 3 && back <= held_.size(); ++back) {
    const std::string_view tail = std::string_view(held_).substr(held_.size() - back);
    if (is_continuation(tail[0])) continue;
    const Utf8Step step = decode_utf8(tail);
    if (step.truncated && step.length == back) keep = back;
    break;
  }
  const std::size_t whole = held_.size() - keep;
  std::string out = replace_invalid_utf8(std::string_view(held_).substr(0, whole));
  held_.erase(0, whole);
  return out;
}

std::string Utf8Assembler::flush() {
  std::string out = replace_invalid_utf8(held_);
  held_.clear();
  return out;
}

}  // namespace duologue::base
