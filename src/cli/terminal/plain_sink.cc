#include "cli/terminal/plain_sink.h"

namespace duologue::cli {

void PlainSink::put(std::string_view safe, Style /*style*/) {
  if (safe.empty()) return;
  out_.write(safe);
  row_begun_ = !safe.ends_with('\n');
  if (as_it_comes_) out_.flush();
}

void PlainSink::end_row() {
  if (row_begun_) out_.write("\n");
  row_begun_ = false;
  out_.flush();
}

}  // namespace duologue::cli
