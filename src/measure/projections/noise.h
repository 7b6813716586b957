// Noise for projections: numbers that are a pure function of a seed and of where they are used. Pure
// functions, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "measure/projections/points.h"

namespace duologue::measure {

// The default of every projection: two people who project the same rows get the same picture.
inline constexpr std::uint64_t kProjectionSeed = 20'071'204;

// Standard normal (Box and Muller 1958).
class Normal {
 public:
  explicit Normal(std::uint64_t seed, std::uint32_t use) : seed_(seed), use_(use) {}
  double next();

 private:
  std::uint64_t seed_;
  std::uint32_t use_;  // two uses of one seed don't share numbers
  std::uint32_t counter_ = 0;
};

// Equal rows made unequal: all but the first of each set get normal noise of 1e-4 times the spread (root mean
// square of all numbers around their columns' means), and of at least 1e-5 times their own size. t-SNE would
// put equal rows onto one spot and spend its range on pulling them apart from the rest.
Points jittered(const Points& points, std::uint64_t seed);

// The null beside a projection (measurement.md section 7.10): the same rows, each trajectory's turns in an
// order drawn by lot (Fisher and Yates). The rows of trajectory 1 come first, `lengths[0]` of them, and so
// on. Element i: the row that stands in place i. A path that looks no different from a few such orders shows
// nothing.
std::vector<std::size_t> shuffled_turns(const std::vector<std::size_t>& lengths, std::uint64_t seed);

}  // namespace duologue::measure
