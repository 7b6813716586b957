// Server-sent events, as the HTML standard has them: `event:` and `data:` lines up to an empty one, comments
// (`:`), a byte order mark, any line ends. Ids and reconnection times aren't kept: an answer isn't resumed.
// One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/http/line_reader.h"

namespace duologue::model::http {

struct SseEvent {
  std::string_view name;  // empty where none was given
  std::string_view data;  // its `data:` lines, joined by newlines
};

// Gets each event with data; what it fails with ends the reading.
using OnEvent = std::function<base::Status(const SseEvent& event)>;

class SseReader {
 public:
  explicit SseReader(std::size_t max_line = kMaxLine) : lines_(max_line), max_event_(max_line) {}

  // kBadInput for a line or an event of more than max_line bytes; otherwise what on_event fails with.
  base::Status push(std::string_view bytes, const OnEvent& on_event);
  // No more bytes will come. An event whose empty line is missing counts: some servers end without one.
  base::Status finish(const OnEvent& on_event);

  // What isn't an event at all: the lines of a JSON object sent in place of a stream, as servers do that
  // fail, or that don't stream. Empty where there was none.
  std::string_view stray() const { return stray_; }

 private:
  base::Status take_line(std::string_view line, const OnEvent& on_event);
  base::Status dispatch(const OnEvent& on_event);

  LineReader lines_;
  std::size_t max_event_;
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool first_line_ = true;
  std::string stray_;
};

}  // namespace duologue::model::http
