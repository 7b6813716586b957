// Where conversations end up: how many basins were found, how evenly they fill, how many there may be that
// nobody has seen. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace duologue::measure {

struct BasinCounts {
  std::uint64_t conversations = 0;
  std::size_t basins = 0;  // with a conversation
  std::size_t once = 0;    // basins with one
  std::size_t twice = 0;
  // Shannon's entropy of where the conversations went, in nats, and exp of it: how many equally full basins
  // would be as uncertain. Null without conversations, as all below.
  std::optional<double> entropy;
  std::optional<double> effective_basins;
  // Good 1953: 1 - once / conversations, the chance that the next conversation ends in a basin already seen.
  std::optional<double> coverage;
  // Chao 1984, bias-corrected: basins + once (once - 1) / (2 (twice + 1)), a lower bound of how many there
  // are.
  std::optional<double> chao1;
};

// Of how many conversations ended in each basin; empty basins count as not seen.
BasinCounts count_basins(std::span<const std::uint64_t> sizes);

// Of each conversation's cluster. One without (noise) ended where no other did: a basin of its own.
BasinCounts count_basins(std::span<const std::optional<std::uint32_t>> clusters);

}  // namespace duologue::measure
