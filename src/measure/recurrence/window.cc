#include "measure/recurrence/window.h"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace duologue::measure {

namespace {

constexpr std::size_t kWordBits = 64;

std::uint64_t low_bits(std::size_t count) {
  return count >= kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

// The set bits in a row whose highest is bit `top`; 0 where that isn't set.
std::size_t run_from(std::uint64_t word, std::size_t top) {
  return static_cast<std::size_t>(std::countl_one(word << (kWordBits - 1 - top)));
}

// A line of `length` points has just got its last one; or loses one.
template <typename Counts>
void lengthen(Counts& lines, std::size_t length) {
  if (length > 1) --lines[length - 1];
  ++lines[length];
}
template <typename Counts>
void shorten(Counts& lines, std::size_t length) {
  --lines[length];
  if (length > 1) ++lines[length - 1];
}

}  // namespace

base::Result<RecurrenceWindow> RecurrenceWindow::make(std::size_t turns) {
  if (turns >= 2 && turns <= kMaxRecurrenceWindow) return RecurrenceWindow(turns);
  return base::fail(base::ErrorKind::kUsage, fmt::format("a recurrence window of {} turns: give 2 to {}",
                                                         turns, kMaxRecurrenceWindow));
}

void RecurrenceWindow::add(std::uint64_t recurs) {
  if (count_ == most_) drop_oldest();
  recurs &= low_bits(count_);
  const std::size_t now = next_++;
  back_[place(now)] = recurs;
  ahead_[place(now)] = 0;
  change_lines(recurs, true);
  for (std::size_t lag = 1; lag <= count_; ++lag) {
    const std::uint64_t bit = recurs >> (lag - 1) & 1U;
    std::uint64_t& diagonal = diagonal_[lag - 1];
    diagonal = diagonal << 1U | bit;
    if (bit == 0) continue;
    lengthen(diagonal_lines_, static_cast<std::size_t>(std::countr_one(diagonal)));
    std::uint64_t& ahead = ahead_[place(now - lag)];
    ahead |= bit << (lag - 1);
    lengthen(vertical_lines_, run_from(ahead, lag - 1));
  }
  ++count_;
}

// Every pair with the oldest turn goes: the first of each diagonal, the topmost of each later turn's column,
// and its own column whole.
void RecurrenceWindow::drop_oldest() {
  const std::size_t oldest = next_ - count_;
  change_lines(ahead_[place(oldest)], false);
  for (std::size_t lag = 1; lag < count_; ++lag) {
    const std::size_t pairs = count_ - lag;
    std::uint64_t& diagonal = diagonal_[lag - 1];
    if ((diagonal >> (pairs - 1) & 1U) == 0) continue;
    shorten(diagonal_lines_, run_from(diagonal, pairs - 1));
    diagonal &= ~(std::uint64_t{1} << (pairs - 1));
    std::uint64_t& back = back_[place(oldest + lag)];
    shorten(vertical_lines_, run_from(back, lag - 1));
    back &= ~(std::uint64_t{1} << (lag - 1));
  }
  --count_;
}

void RecurrenceWindow::change_lines(std::uint64_t cells, bool in) {
  while (cells != 0) {
    cells >>= static_cast<unsigned>(std::countr_zero(cells));
    const auto length = static_cast<std::size_t>(std::countr_one(cells));
    vertical_lines_[length] += in ? 1U : ~std::uint32_t{0};
    cells &= ~low_bits(length);
  }
}

RecurrenceMeasures RecurrenceWindow::measures() const {
  Lines lines;
  lines.diagonal.assign(diagonal_lines_.begin(), diagonal_lines_.end());
  lines.vertical.assign(vertical_lines_.begin(), vertical_lines_.end());
  lines.cells = count_ < 2 ? 0 : count_ * (count_ - 1) / 2;
  LineLengths with_identity = lines.vertical;
  for (std::size_t turn = next_ - count_; turn < next_; ++turn) {
    join_at_identity(with_identity, static_cast<std::size_t>(std::countr_one(back_[place(turn)])),
                     static_cast<std::size_t>(std::countr_one(ahead_[place(turn)])));
  }
  return measures_of(lines, with_identity, count_);
}

}  // namespace duologue::measure
