// Standard output and standard error as commands write them. Never throws; a reader that has gone (`| head`)
// is a clean end, not an error: closed() then says so and later writes do nothing. One thread at a time.
#pragma once

#include <cstdio>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

namespace duologue::cli {

class Output {
 public:
  explicit Output(std::FILE* file) : file_(file) {}

  void write(std::string_view text);
  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    write(fmt::format(format, std::forward<Args>(args)...));
  }
  void flush();

  bool closed() const { return closed_; }  // the reader has gone
  // Flushes; kIo where something couldn't be written (a full disk), but not where the reader has gone.
  base::Status finish();

  std::FILE* file() const { return file_; }
  bool is_terminal() const;

 private:
  void note_failure();

  std::FILE* file_;
  bool closed_ = false;
  int error_ = 0;  // errno of the first failed write
};

}  // namespace duologue::cli
