// A terminal whose other side is a test: what was written to it can be read, and keys can be sent. One
// thread.
#pragma once

#include <string>
#include <string_view>

namespace duologue::cli {

class PseudoTerminal {
 public:
  PseudoTerminal(unsigned short columns, unsigned short rows);
  ~PseudoTerminal();
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  int fd() const { return program_side_; }  // the program's end
  void resize(unsigned short columns, unsigned short rows) const;
  void type(std::string_view keys) const;
  // All that was written until now and until nothing has come for `quiet_ms`.
  std::string written(int quiet_ms = 120);
  // Reads until `part` has come; everything read so far is in `seen`. False after five seconds.
  bool wait_for(std::string_view part);
  std::string seen;

 private:
  bool read_some(int timeout_ms);

  int test_side_ = -1;
  int program_side_ = -1;
};

}  // namespace duologue::cli
