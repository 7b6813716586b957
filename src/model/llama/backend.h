// llama.cpp as a library of this process: started once, its words caught. Any thread.
#pragma once

#include <string>

namespace duologue::model::llama {

// Starts llama.cpp on first use. Nothing that it logs reaches the terminal from then on.
void start_backend();

// The kernels that it was built with, in its own words: "CPU : SSE3 = 1 | AVX = 1 | … | LLAMAFILE = 1".
std::string kernels();

// What llama.cpp complains about on this thread while the object lives. They nest; the innermost listens.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  // The last complaint, on one line and without llama.cpp's function names; empty: none.
  const std::string& last_error() const { return last_error_; }

 private:
  friend struct LogSink;
  LogCapture* outer_;
  std::string line_;       // lines can come in several parts
  bool is_error_ = false;  // of line_
  std::string last_error_;
};

}  // namespace duologue::model::llama
