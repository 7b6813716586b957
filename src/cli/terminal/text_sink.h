// Where a conversation is shown: the live screen or plain lines. All text given to it is safe
// (terminal/safe_text.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cli/terminal/status_line.h"

namespace duologue::cli {

struct Style {
  enum class Kind { kPlain, kName, kQuiet, kAccent };
  Kind kind = Kind::kPlain;
  std::uint32_t participant = 0;  // of a kName: each has a colour of its own

  static constexpr Style name(std::uint32_t participant) { return {Kind::kName, participant}; }
  static constexpr Style quiet() { return {Kind::kQuiet, 0}; }
  static constexpr Style accent() { return {Kind::kAccent, 0}; }
};

class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual void put(std::string_view safe, Style style) = 0;
  // Columns by which the rows that follow one that wraps, or has a newline, are set in.
  virtual void set_indent(std::size_t columns) = 0;
  virtual void end_row() = 0;  // what comes next begins a row
  virtual void set_status(const TalkStatus& /*status*/) {}
  // Whether text that isn't recorded yet is shown as it comes; otherwise it is shown when it is recorded.
  virtual bool shows_deltas() const = 0;
};

}  // namespace duologue::cli
