// Recurrence matrices of a whole conversation: which turns recur with which, by the cosine of their vectors,
// by equal symbols, or by any yes-or-no question. The matrix is kept in bits; the cosines themselves never
// are.
//
// Sources: Marwan, Romano, Thiel and Kurths 2007 (recurrence); Dale and Spivey 2006 (cross-recurrence).
//
// Pure; any thread. Errors: kBadInput for vectors that aren't finite, of unequal width, or too many turns;
// kUsage for a threshold out of range.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "measure/projections/points.h"
#include "measure/recurrence/bit_matrix.h"

namespace duologue::measure {

inline constexpr std::size_t kMaxRecurrenceTurns = 20'000;

// Of a conversation with itself: symmetric, so only cells i < j are kept. The line of identity isn't.
struct Recurrence {
  BitMatrix upper;  // turns x turns
  std::size_t turns() const { return upper.rows(); }
};

// Of one series of turns with another: cell (i, j) says whether turn i of the first recurs with turn j of the
// second.
struct CrossRecurrence {
  BitMatrix cells;
};

// Turns recur where the cosine of their vectors is above the threshold, 0 <= threshold < 1. A vector of zeros
// recurs with none. A cosine within 1e-6 of the threshold may fall either way, and on another processor the
// other way; the number of threads changes nothing.
base::Result<Recurrence> recurrence_of(const Points& turns, double threshold, int threads = 1);
base::Result<CrossRecurrence> cross_recurrence_of(const Points& first, const Points& second, double threshold,
                                                  int threads = 1);

// Turns recur where their symbols are equal.
base::Result<Recurrence> recurrence_of(std::span<const std::uint32_t> symbols);

base::Status check_recurrence_turns(std::size_t turns);

// recurs(i, j) for all i < j < turns.
template <std::predicate<std::size_t, std::size_t> Recurs>
base::Result<Recurrence> recurrence_where(std::size_t turns, Recurs&& recurs) {
  TRY(check_recurrence_turns(turns));
  Recurrence made{BitMatrix(turns, turns)};
  for (std::size_t i = 0; i < turns; ++i) {
    for (std::size_t j = i + 1; j < turns; ++j) {
      if (recurs(i, j)) made.upper.set(i, j);
    }
  }
  return made;
}

// recurs(i, j) for all i < first, j < second.
template <std::predicate<std::size_t, std::size_t> Recurs>
base::Result<CrossRecurrence> cross_recurrence_where(std::size_t first, std::size_t second, Recurs&& recurs) {
  TRY(check_recurrence_turns(first));
  TRY(check_recurrence_turns(second));
  CrossRecurrence made{BitMatrix(first, second)};
  for (std::size_t i = 0; i < first; ++i) {
    for (std::size_t j = 0; j < second; ++j) {
      if (recurs(i, j)) made.cells.set(i, j);
    }
  }
  return made;
}

}  // namespace duologue::measure
