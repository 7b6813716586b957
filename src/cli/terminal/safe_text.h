// Makes text from a model fit for a terminal: nothing in it can move the cursor, change colours, turn the
// reading direction or hide. Newlines and tabs stay; what is neutralised is shown instead of dropped:
//   ␛ ␇ ␈ ␍ …   C0 controls and DEL, as Unicode's control pictures
//   ‹U+009B›    C1 controls, bidi controls, zero-width and other invisible characters, line separators
//   \xff        bytes that aren't UTF-8
// Joiners and selectors stay where writing needs them (after an emoji, in Arabic and Indic scripts), one at a
// time. Role markers are text like any other. What comes out is valid UTF-8. Pure; a SafeText belongs to one
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace duologue::cli {

// For text that comes in pieces: the pieces' results, joined, are the whole text's result wherever it was
// cut.
class SafeText {
 public:
  std::string push(std::string_view bytes);
  // What was held back of an unfinished sequence. The object can be used again, for another text.
  std::string flush();

 private:
  void take(char32_t c, std::string& out);
  bool joins(char32_t c) const;

  std::string held_;       // at most 3 bytes
  char32_t before_ = 0;    // the last code point that was let through
  std::size_t marks_ = 0;  // combining marks in a row
};

std::string safe_text(std::string_view bytes);

// On one line: newlines become ␊ and tabs a space. Longer than `max_columns`: cut between code points, with
// `…`.
std::string safe_line(std::string_view bytes, std::size_t max_columns = 4'096);

}  // namespace duologue::cli
