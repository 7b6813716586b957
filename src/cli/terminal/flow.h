// Breaks streamed text into terminal rows, at words, by display width: no row is ever wider than asked for,
// so that the terminal never wraps one by itself and the screen knows where its cursor is. Pure; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duologue::cli {

class Flow {
 public:
  explicit Flow(std::size_t width);

  // Rows from here on have this width. A row already under way that is wider, or about to be, is ended where
  // it is.
  void set_width(std::size_t width);
  // The colour of what follows, as its escape sequence; empty: plain.
  void set_style(std::string_view sgr);
  // Columns by which rows that a wrap or a newline begins are set in. Left out where the rows are too narrow
  // for it.
  void set_indent(std::size_t columns) { indent_ = columns; }

  // `safe`: from SafeText, so printable but for newlines and tabs.
  void put(std::string_view safe);
  // Ends the row under way unless it is empty.
  void end_row();

  // The rows finished since the last call.
  std::vector<std::string> take_rows();
  // The row under way, colours reset at its end.
  std::string row() const;
  std::size_t row_columns() const { return columns_; }

 private:
  void put_code_point(char32_t c);
  void break_row();
  void begin_row();
  std::size_t indent() const;

  std::size_t width_;
  std::size_t indent_ = 0;
  std::string style_;
  std::string row_;
  std::size_t columns_ = 0;
  std::size_t begun_at_ = 0;     // columns of the indent
  std::size_t break_bytes_ = 0;  // of row_, after its last space: 0 if it has none
  std::size_t break_columns_ = 0;
  bool space_pending_ = false;  // a space came that the full row had no room for
  std::vector<std::string> rows_;
};

}  // namespace duologue::cli
