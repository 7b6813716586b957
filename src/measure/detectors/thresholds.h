// The figures a verdict rests on, in one place: Instrument::identity() names them all. The starting values
// are those of docs/metrics.md, which says what they rest on and which of them were set by hand.
#pragma once

#include <cstddef>
#include <cstdint>

#include "measure/turn_features.h"

namespace duologue::measure {

// Turns in a row that make a state, and that end it.
inline constexpr std::uint32_t kHoldTurns = 3;
// An onset is traced back at most this many turns from the one that detected it (a lag more for a repeated
// pattern).
inline constexpr std::size_t kTraceTurns = 12;

// LEX: words repeat. On the smallest of d_jac1..d_jac6.
struct LexThresholds {
  double enter = 0.55;  // below, in kHoldTurns turns in a row: the state begins
  double leave = 0.65;  // not below, in kHoldTurns turns in a row: it ends; the onset is traced back below it
  double verbatim = 0.25;  // the mean over the hold at which the loop is called verbatim
};
inline constexpr LexThresholds kLex;

// SHORT: turns shrink to next to nothing.
struct ShortThresholds {
  std::uint32_t tokens = 3;  // at most so many, in kHoldTurns turns in a row
  double rel_length = 0.13;  // or rel_length below this
  // Ends in turns of this share of the usual length or more; the onset is traced back below it.
  double leave = 0.5;
};
inline constexpr ShortThresholds kShort;

}  // namespace duologue::measure
