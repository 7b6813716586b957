#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace duologue::cli {

void Output::note_failure() {
  if (error_ == 0) error_ = errno == 0 ? EIO : errno;
  if (error_ == EPIPE) closed_ = true;
}

void Output::write(std::string_view text) {
  if (error_ != 0 || text.empty()) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) note_failure();
}

void Output::flush() {
  if (error_ != 0) return;
  errno = 0;
  if (std::fflush(file_) != 0) note_failure();
}

base::Status Output::finish() {
  flush();
  if (error_ == 0 || closed_) return {};
  return base::fail(base::ErrorKind::kIo,
                    fmt::format("can't write to standard output: {}", std::strerror(error_)));
}

bool Output::is_terminal() const { return isatty(fileno(file_)) == 1; }

}  // namespace duologue::cli
