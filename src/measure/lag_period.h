// The period of a conversation from its lag spectra: the smallest lag whose mean similarity over its last
// pairs of turns is nearly the greatest. The smallest, since a loop of period p is as similar at 2p and 3p. A
// value; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "measure/turn_features.h"

namespace duologue::measure {

class LagPeriod {
 public:
  static constexpr double kLeastSimilarity =
      0.45;  // the greatest mean must reach it: below, there is no period
  static constexpr double kTie = 0.02;

  // Means over the last `pairs` pairs of each lag; a lag with fewer than `least_pairs` doesn't take part.
  LagPeriod(std::size_t pairs, std::size_t least_pairs);

  void add(const LagSpectrum& distances);
  // In turns, from 1 to kLags.
  std::optional<std::uint32_t> value() const;

 private:
  std::optional<double> mean_similarity(std::size_t lag_index) const;

  std::size_t pairs_;
  std::size_t least_pairs_;
  struct Recent {
    std::vector<double> similarities;  // a ring of pairs_
    std::size_t added = 0;
  };
  std::array<Recent, kLags> lags_;
};

}  // namespace duologue::measure
