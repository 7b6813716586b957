// A text by its lines, as the readers of text logs go over it. Where the first line ends in "\r\n", that is
// the text's line end; otherwise a "\r" is part of what was said. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace duologue::store {

class TextLines {
 public:
  explicit TextLines(std::string_view text);

  // The next line without its end; false: there is none.
  bool next(std::string_view& line);

 private:
  std::string_view text_;
  bool crlf_ = false;
};

bool is_blank_line(std::string_view line);

// The lines of one turn, put together again with "\n".
class TextBlock {
 public:
  void add(std::string_view line);
  // Without the empty lines at its end, and ready for the next.
  std::string take();

 private:
  std::string text_;
  bool started_ = false;
};

}  // namespace duologue::store
