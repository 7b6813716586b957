#include "store/import/text_lines.h"

#include <utility>

namespace duologue::store {

TextLines::TextLines(std::string_view text) : text_(text) {
  const std::size_t end = text.find('\n');
  crlf_ = end != std::string_view::npos && end > 0 && text[end - 1] == '\r';
}

bool TextLines::next(std::string_view& line) {
  if (text_.empty()) return false;
  const std::size_t end = text_.find('\n');
  line = text_.substr(0, end);
  text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
  if (crlf_ && line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

void TextBlock::add(std::string_view line) {
  if (started_) text_.push_back('\n');
  text_.append(line);
  started_ = true;
}

std::string TextBlock::take() {
  started_ = false;
  std::string text = std::exchange(text_, "");
  text.resize(text.find_last_not_of('\n') + 1);
  return text;
}

}  // namespace duologue::store
