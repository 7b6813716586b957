#include "cli/terminal/flow.h"

#include <algorithm>
#include <utility>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::cli {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::size_t kTab = 4;
constexpr std::size_t kMinWidth = 2;  // the widest character

}  // namespace

Flow::Flow(std::size_t width) : width_(std::max(width, kMinWidth)) {}

std::size_t Flow::indent() const { return indent_ * 3 <= width_ ? indent_ : 0; }

void Flow::set_width(std::size_t width) {
  width = std::max(width, kMinWidth);
  if (width == width_) return;
  width_ = width;
  if (columns_ > 0) {
    rows_.push_back(row());
    begin_row();
  }
}

void Flow::set_style(std::string_view sgr) {
  if (style_ == sgr) return;
  if (!style_.empty()) row_ += kReset;
  style_ = sgr;
  row_ += style_;
}

void Flow::begin_row() {
  row_.assign(indent(), ' ');
  columns_ = indent();
  begun_at_ = columns_;
  break_bytes_ = 0;
  break_columns_ = 0;
  space_pending_ = false;
  row_ += style_;
}

std::string Flow::row() const { return style_.empty() ? row_ : row_ + std::string(kReset); }

void Flow::end_row() {
  if (columns_ == 0) return;
  rows_.push_back(row());
  const std::size_t kept = std::exchange(indent_, 0);
  begin_row();
  indent_ = kept;
}

// The row is full: the word that doesn't fit moves to the next one, unless it wouldn't fit there either.
void Flow::break_row() {
  std::string tail;
  const std::size_t tail_columns = columns_ - break_columns_;
  const bool moves = break_bytes_ > 0 && indent() + tail_columns < width_;
  if (moves) {
    tail = row_.substr(break_bytes_);
    row_.resize(break_bytes_);
    while (row_.ends_with(' ')) row_.pop_back();
  }
  rows_.push_back(row());
  begin_row();
  if (moves) {
    row_ += tail;
    columns_ += tail_columns;
  }
}

void Flow::put_code_point(char32_t c) {
  if (c == '\n' || (space_pending_ && c != ' ')) {
    rows_.push_back(row());
    begin_row();
    if (c == '\n') return;
  }
  if (c == '\t') {
    const std::size_t spaces = kTab - (columns_ - begun_at_) % kTab;
    for (std::size_t i = 0; i < spaces; ++i) put_code_point(' ');
    return;
  }
  const auto wide = static_cast<std::size_t>(base::display_width(c));
  if (columns_ + wide > width_) {
    if (c == ' ') {  // shows nothing at the end of a full row, but ends its last word
      space_pending_ = true;
      return;
    }
    break_row();
    if (columns_ + wide > width_) break_row();
  }
  base::append_utf8(row_, c);
  columns_ += wide;
  if (c == ' ' && columns_ > begun_at_ + 1) {
    break_bytes_ = row_.size();
    break_columns_ = columns_;
  }
}

void Flow::put(std::string_view safe) {
  while (!safe.empty()) {
    const base::Utf8Step step = base::decode_utf8(safe);
    put_code_point(step.code_point);
    safe.remove_prefix(step.length);
  }
}

std::vector<std::string> Flow::take_rows() { return std::exchange(rows_, {}); }

}  // namespace duologue::cli
