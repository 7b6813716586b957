// Recurrence quantification over the last turns, turn by turn. A turn costs a number of word operations that
// grows with the window, not with its square and not with the conversation; the state is 2 kB. The measures
// are those of quantify() on the same turns.
//
// A value; belongs to one conversation and one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "measure/recurrence/measures.h"

namespace duologue::measure {

inline constexpr std::size_t kMaxRecurrenceWindow = 64;  // turns

class RecurrenceWindow {
 public:
  // Over the last `turns` turns, 2 to kMaxRecurrenceWindow.
  static base::Result<RecurrenceWindow> make(std::size_t turns);

  // The next turn. Bit k - 1 of `recurs`: it recurs with the turn k turns before. Bits of turns that aren't
  // in the window, or never were, don't matter.
  void add(std::uint64_t recurs);

  std::size_t turns() const { return count_; }  // in the window so far
  RecurrenceMeasures measures() const;

 private:
  explicit RecurrenceWindow(std::size_t turns) : most_(turns) {}

  void drop_oldest();
  void change_lines(std::uint64_t cells, bool in);  // counts a turn's vertical lines in, or out
  std::size_t place(std::size_t turn) const { return turn % kMaxRecurrenceWindow; }

  using Words = std::array<std::uint64_t, kMaxRecurrenceWindow>;
  using Counts = std::array<std::uint32_t, kMaxRecurrenceWindow + 1>;  // lines by length

  std::size_t most_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;  // number of the turn to come, from 0
  // By a turn's place. Bit k - 1: it recurs with the turn k before, or k after. Only pairs within the window
  // are kept.
  Words back_{};
  Words ahead_{};
  // By lag - 1. Bit b: the pair that ends b turns before the newest turn.
  Words diagonal_{};
  Counts diagonal_lines_{};
  Counts vertical_lines_{};
};

}  // namespace duologue::measure
