// Cross-recurrence of two speakers over the last turns, turn by turn: XRR and XDET of the matrix whose rows
// are the turns of A and whose columns are those of B. A turn costs a number of word operations that grows
// with the window; the state is 1 kB. Turns of others keep their place in the window and have no row or
// column.
//
// Source: Dale and Spivey 2006. A value; belongs to one conversation and one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "measure/recurrence/window.h"

namespace duologue::measure {

enum class CrossSide : std::uint8_t { kA, kB, kOther };

class CrossWindow {
 public:
  // Over the last `turns` turns of all speakers together, 2 to kMaxRecurrenceWindow.
  static base::Result<CrossWindow> make(std::size_t turns);

  // The next turn. Bit k - 1 of `recurs`: it recurs with the turn k turns before, whoever spoke; the mask
  // that RecurrenceWindow takes.
  void add(CrossSide side, std::uint64_t recurs);

  // Recurrences among pairs of one turn of A and one of B, [0, 1]. Null where there is no such pair.
  std::optional<double> xrr() const;
  // Those that lie on diagonal lines of at least kLeastLine, [0, 1]. Null without recurrences.
  std::optional<double> xdet() const;

 private:
  explicit CrossWindow(std::size_t turns) : most_(turns) {}

  void drop_oldest();

  static constexpr std::size_t kSlots = kMaxRecurrenceWindow;

  // The turns of one side in the window, by number modulo kSlots.
  struct Turns {
    std::size_t first = 0;
    std::size_t count = 0;
    std::size_t slot(std::size_t back) const { return (first + count - back) % kSlots; }  // 1: the newest
  };

  std::size_t most_;
  std::size_t count_ = 0;
  std::size_t next_ = 0;  // place in sides_ of the turn to come
  std::array<CrossSide, kSlots> sides_{};
  Turns a_;
  Turns b_;
  // By slot of A; bit: slot of B. Slots that hold no turn are 0. Both sides have a turn wherever a bit is
  // set, so neither fills all slots, and the newest turn's next slot is never the oldest turn's.
  std::array<std::uint64_t, kSlots> rows_{};
};

}  // namespace duologue::measure
