// The records of a CSV text (RFC 4180): cells between commas, in quotes where they hold a comma, a quote
// (doubled) or a line's end; records end with CRLF or LF. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duologue::store {

struct CsvLimits {
  std::size_t max_cells = 1'000;  // of one record
};

class CsvRecords {
 public:
  enum class Next { kRecord, kEnd, kBroken };

  // `text` must outlive it.
  explicit CsvRecords(std::string_view text, const CsvLimits& limits = {}) : text_(text), limits_(limits) {}

  // Broken: problem() says why; there is no going on.
  Next next(std::vector<std::string>& cells);

  std::size_t offset() const { return start_; }     // where the last record begins
  std::size_t line() const { return start_line_; }  // from 1
  const std::string& problem() const { return problem_; }

 private:
  bool take_cell(std::string& cell);
  Next broken(const char* why);

  std::string_view text_;
  CsvLimits limits_;
  std::size_t at_ = 0, line_ = 1;
  std::size_t start_ = 0, start_line_ = 1;
  std::string problem_;
};

}  // namespace duologue::store
