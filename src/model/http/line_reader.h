// Bytes to lines, however the bytes are cut. A line ends with LF, CR or CRLF. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace duologue::model::http {

inline constexpr std::size_t kMaxLine = std::size_t{8} << 20;

// Gets a line without its end; what it fails with ends the reading.
using OnLine = std::function<base::Status(std::string_view line)>;

class LineReader {
 public:
  explicit LineReader(std::size_t max_line = kMaxLine) : max_line_(max_line) {}

  // kBadInput for a line of more than max_line bytes; otherwise what on_line fails with.
  base::Status push(std::string_view bytes, const OnLine& on_line);
  // No more bytes will come: what has no end yet is the last line, if it isn't empty.
  base::Status finish(const OnLine& on_line);

 private:
  base::Status too_long() const;

  std::size_t max_line_;
  std::string held_;       // the start of a line whose end hasn't come
  bool after_cr_ = false;  // a LF right after belongs to the end that was
};

}  // namespace duologue::model::http
