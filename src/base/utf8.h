// UTF-8 as bytes: checking, repairing, cutting and re-assembling it. No tables, no ICU (that is
// base/unicode.h). Pure functions, any thread; an Utf8Assembler belongs to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace duologue::base {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

// One decoding step. Where the bytes are wrong, `length` covers the maximal subpart of a sequence (WHATWG's
// rule, which every browser follows), and the code point is U+FFFD.
struct Utf8Step {
  char32_t code_point = kReplacementCharacter;
  std::uint8_t length = 0;  // bytes consumed, 1..4
  bool valid = false;
  bool truncated = false;  // not valid, but more bytes could have made it so
};

// Decodes at the front of `bytes`, which is not empty.
Utf8Step decode_utf8(std::string_view bytes);

// Appends the code point; surrogates and values past U+10FFFF become U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

// How many bytes at the front are ASCII.
std::size_t ascii_prefix(std::string_view bytes);
bool is_ascii(std::string_view bytes);
bool is_valid_utf8(std::string_view bytes);

// Each maximal subpart of a wrong sequence becomes one U+FFFD. The result is valid; valid input comes back
// unchanged.
std::string replace_invalid_utf8(std::string_view bytes);

// The largest n' <= n at which `bytes` can be cut without splitting a code point. n past the end gives the
// size.
std::size_t floor_boundary(std::string_view bytes, std::size_t n);

// Streamed bytes to whole sequences. All that push() and flush() return, joined, is replace_invalid_utf8 of
// all that was pushed: for showing. Whoever needs the exact bytes keeps them beside it.
class Utf8Assembler {
 public:
  // The sequences completed by these bytes; at most three bytes are held back.
  std::string push(std::string_view bytes);
  // What is held back, as U+FFFD: no more bytes will come. The assembler can be used again.
  std::string flush();

 private:
  std::string held_;
};

}  // namespace duologue::base
