// The overlap of a turn's token set with those of the turns before it, for all lags at once. One table holds
// every token of the window with a bit for each turn that has it, so a token is looked up once, not once a
// lag: a turn of n tokens costs O(n) and a few nanoseconds for each. A value; one thread. Keeps the last
// kLags turns' sets, nothing older.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "measure/tokens.h"

namespace duologue::measure {

inline constexpr std::size_t kLags = 6;

// Element k-1: the distance to the turn k turns before. Null where there is none, or where that one isn't
// measured.
using LagSpectrum = std::array<std::optional<double>, kLags>;

class TokenWindow {
 public:
  TokenWindow();

  // The next turn's tokens, duplicates allowed: its Jaccard distances 1 - |A and B| / |A or B| to the turns
  // before it. Two empty sets: 0; an empty one and another: 1.
  LagSpectrum add(std::span<const TokenId> tokens);
  // The next turn has no set: it takes its place, so that lag k stays k turns.
  void skip();

  std::size_t slots() const { return ids_.size(); }  // of the table, for tests of its size

 private:
  static constexpr std::size_t kTurns = kLags + 1;  // those before and the one being added

  struct TurnSet {
    std::vector<TokenId> members;  // each once
    bool measured = false;
  };

  std::size_t find(TokenId token) const;  // its slot, or the free slot where it belongs
  void drop_oldest();                     // makes room for the next turn
  void rebuild(std::size_t slots);
  TurnSet& turn_before(std::size_t lag) { return turns_[(now_ + kTurns - lag) % kTurns]; }

  std::vector<TokenId> ids_;         // a power of two of slots; 0: free
  std::vector<std::uint8_t> masks_;  // bit i: in turns_[i]; 0: in no turn any more
  std::size_t used_ = 0;             // slots not free
  std::size_t live_ = 0;             // of these, with a mask
  std::array<TurnSet, kTurns> turns_;
  std::size_t now_ = 0;
};

}  // namespace duologue::measure
