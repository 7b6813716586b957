#include "measure/recurrence/cross_window.h"

#include <bit>

#include <fmt/format.h>

namespace duologue::measure {

base::Result<CrossWindow> CrossWindow::make(std::size_t turns) {
  if (turns >= 2 && turns <= kMaxRecurrenceWindow) return CrossWindow(turns);
  return base::fail(
      base::ErrorKind::kUsage,
      fmt::format("a cross-recurrence window of {} turns: give 2 to {}", turns, kMaxRecurrenceWindow));
}

void CrossWindow::add(CrossSide side, std::uint64_t recurs) {
  if (count_ == most_) drop_oldest();
  Turns* own = side == CrossSide::kA ? &a_ : side == CrossSide::kB ? &b_ : nullptr;
  if (own != nullptr) {
    ++own->count;
    const CrossSide other = side == CrossSide::kA ? CrossSide::kB : CrossSide::kA;
    const Turns& others = side == CrossSide::kA ? b_ : a_;
    std::size_t back = 0;  // among the other's turns
    for (std::size_t lag = 1; lag <= count_; ++lag) {
      if (sides_[(next_ + kSlots - lag) % kSlots] != other) continue;
      ++back;
      if ((recurs >> (lag - 1) & 1U) == 0) continue;
      const std::size_t row = side == CrossSide::kA ? own->slot(1) : others.slot(back);
      const std::size_t column = side == CrossSide::kA ? others.slot(back) : own->slot(1);
      rows_[row] |= std::uint64_t{1} << column;
    }
  }
  sides_[next_] = side;
  next_ = (next_ + 1) % kSlots;
  ++count_;
}

void CrossWindow::drop_oldest() {
  const CrossSide side = sides_[(next_ + kSlots - count_) % kSlots];
  --count_;
  if (side == CrossSide::kOther) return;
  Turns& own = side == CrossSide::kA ? a_ : b_;
  const std::size_t slot = own.slot(own.count);
  if (side == CrossSide::kA) {
    rows_[slot] = 0;
  } else {
    for (std::uint64_t& row : rows_) row &= ~(std::uint64_t{1} << slot);
  }
  own.first = (own.first + 1) % kSlots;
  --own.count;
}

std::optional<double> CrossWindow::xrr() const {
  const std::size_t cells = a_.count * b_.count;
  if (cells == 0) return std::nullopt;
  std::size_t points = 0;
  for (const std::uint64_t row : rows_) points += static_cast<std::size_t>(std::popcount(row));
  return static_cast<double>(points) / static_cast<double>(cells);
}

std::optional<double> CrossWindow::xdet() const {
  std::size_t points = 0;
  std::size_t on_lines = 0;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const std::uint64_t before = std::rotl(rows_[(i + kSlots - 1) % kSlots], 1);
    const std::uint64_t after = std::rotr(rows_[(i + 1) % kSlots], 1);
    points += static_cast<std::size_t>(std::popcount(rows_[i]));
    on_lines += static_cast<std::size_t>(std::popcount(rows_[i] & (before | after)));
  }
  if (points == 0) return std::nullopt;
  return static_cast<double>(on_lines) / static_cast<double>(points);
}

}  // namespace duologue::measure
