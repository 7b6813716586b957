// The bytes of a log, from a file or from memory, by the line or all at once. A UTF-8 byte order mark at the
// start is passed over. One thread. What it gives out points into it and is valid until the next call.
// Errors: kNotFound, kIo (no file, a folder, can't be read), kBadInput (a line or the rest longer than
// asked for; names file, line and byte).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace duologue::store {

// A piece of the log and where it begins.
struct LogPiece {
  std::string_view text;     // of a line: without its end, "\n" or "\r\n"
  std::uint64_t line = 1;    // from 1
  std::uint64_t offset = 0;  // bytes from the start of the file
  bool ended = false;        // a line end follows
};

class LogInput {
 public:
  static base::Result<LogInput> open(const std::string& path);
  // `bytes` must outlive it. `name` is what messages call them.
  static LogInput from_memory(std::string_view bytes, std::string name);
  ~LogInput();
  LogInput(LogInput&& other) noexcept;
  LogInput(const LogInput&) = delete;
  LogInput& operator=(const LogInput&) = delete;
  LogInput& operator=(LogInput&&) = delete;

  const std::string& name() const { return name_; }
  bool in_memory() const { return fd_ < 0; }

  // The next bytes, `n` or as many as there are, which stay unread.
  base::Result<std::string_view> peek(std::size_t n);
  // The next line that isn't all spaces; empty at the end.
  base::Result<std::optional<LogPiece>> next_line(std::size_t max_bytes);
  // The same, and it stays unread.
  base::Result<std::optional<LogPiece>> peek_line(std::size_t max_bytes);
  // All that is unread.
  base::Result<LogPiece> rest(std::size_t max_bytes);

 private:
  explicit LogInput(std::string name) : name_(std::move(name)) {}

  std::string_view unread() const;
  void consume(std::size_t n);
  base::Result<bool> read_more();  // false: that was all
  base::Result<std::optional<LogPiece>> find_line(std::size_t max_bytes);

  std::string name_;
  int fd_ = -1;
  std::string buffer_;        // of a file
  std::string_view memory_;   // of bytes that are there
  std::size_t begin_ = 0;     // in buffer_ or memory_: the first unread byte
  std::uint64_t offset_ = 0;  // of that byte
  std::uint64_t line_ = 1;    // it stands in
  bool at_end_ = false;       // nothing more to read into buffer_
};

// "FILE:LINE: byte OFFSET: what": kBadInput.
std::unexpected<base::Error> fail_at(const std::string& file, std::uint64_t line, std::uint64_t offset,
                                     std::string_view what);

}  // namespace duologue::store
