#include "model/http/line_reader.h"

#include <fmt/format.h>

namespace duologue::model::http {

base::Status LineReader::too_long() const {
  return base::fail(base::ErrorKind::kBadInput, fmt::format("a line of more than {} bytes", max_line_));
}

base::Status LineReader::push(std::string_view bytes, const OnLine& on_line) {
  if (after_cr_ && !bytes.empty()) {
    after_cr_ = false;
    if (bytes.front() == '\n') bytes.remove_prefix(1);
  }
  while (!bytes.empty()) {
    const std::size_t end = bytes.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      if (held_.size() + bytes.size() > max_line_) return too_long();
      held_ += bytes;
      return {};
    }
    std::string_view line = bytes.substr(0, end);
    if (held_.size() + line.size() > max_line_) return too_long();
    if (!held_.empty()) line = held_ += line;
    std::size_t skip = end + 1;
    if (bytes[end] == '\r') {
      if (skip == bytes.size()) {
        after_cr_ = true;
      } else if (bytes[skip] == '\n') {
        ++skip;
      }
    }
    bytes.remove_prefix(skip);
    TRY(on_line(line));
    held_.clear();
  }
  return {};
}

base::Status LineReader::finish(const OnLine& on_line) {
  after_cr_ = false;
  if (held_.empty()) return {};
  const std::string line = std::move(held_);
  held_.clear();
  return on_line(line);
}

}  // namespace duologue::model::http
