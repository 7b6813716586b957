// The overlap of a turn's token set with those of the turns before it, for all lags at once. One table holds
// every token of the window with a bit for each turn that has it, so a token is looked up once, not once a
// lag, and the bits of all its tokens are summed in bit-sliced counters, 64 turns at a time: a turn of n
// tokens costs O(n), whatever the width of the window. A value; one thread. Keeps the sets of the window's
// turns, nothing older.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "measure/tokens.h"

namespace duologue::measure {

// Lags of the spectrum: loops of longer periods are rare.
inline constexpr std::size_t kLags = 6;
// The widest window, in turns before the present one.
inline constexpr std::size_t kMaxLag = 63;

// Element k-1: the distance to the turn k turns before. Null where there is none, or where that one isn't
// measured.
using LagSpectrum = std::array<std::optional<double>, kLags>;

class TokenWindow {
 public:
  // Compares with the `lags` turns before, kLags to kMaxLag.
  explicit TokenWindow(std::size_t lags = kLags);

  // The next turn's tokens, duplicates allowed: its Jaccard distances 1 - |A and B| / |A or B| to the turns
  // before it. Two empty sets: 0; an empty one and another: 1.
  LagSpectrum add(std::span<const TokenId> tokens);
  // The next turn has no set: it takes its place, so that lag k stays k turns.
  void skip();

  // Of the turn added last: its distance to the turn `lag` turns before, 1 to lags(). Null as in LagSpectrum.
  std::optional<double> distance(std::size_t lag) const;
  std::size_t lags() const { return turns_.size() - 1; }

  std::size_t slots() const { return slots_.size(); }  // of the table, for tests of its size

 private:
  static constexpr std::size_t kPlanes = 8;  // of the counters: they are emptied before they overflow

  struct Slot {
    TokenId token = 0;       // 0: free
    std::uint64_t mask = 0;  // bit i: in turns_[i]; 0: in no turn any more
  };
  struct TurnSet {
    std::vector<std::uint32_t> members;  // slots, each once
    bool measured = false;
    std::size_t shared = 0;  // tokens that the turn added last has too
  };

  std::size_t find(TokenId token) const;  // its slot, or the free slot where it belongs
  void drop_oldest();                     // makes room for the next turn
  void make_room(std::size_t tokens);     // for so many new ones
  void rebuild(std::size_t slots);
  void count_in(std::span<const std::uint64_t> masks);
  void empty_counters();
  std::size_t position_before(std::size_t lag) const { return (now_ + turns_.size() - lag) % turns_.size(); }

  std::vector<Slot> slots_;     // a power of two of them
  std::size_t used_ = 0;        // slots not free
  std::size_t live_ = 0;        // of these, with a mask
  std::vector<TurnSet> turns_;  // a ring
  std::size_t now_ = 0;         // the turn added last
  std::array<std::uint64_t, kPlanes> planes_{};
  std::vector<std::uint64_t> met_;  // scratch of add: the masks of its tokens
};

}  // namespace duologue::measure
