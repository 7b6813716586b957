// How varied the words of the conversation's last stretch are: what distinct_1 to distinct_4 share. One
// conversation, one thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "measure/ngrams.h"
#include "measure/tokens.h"

namespace duologue::measure {

inline constexpr std::size_t kDistinctOrders = 4;
// Tokens that the shares are taken over, whoever said them: a fixed number, as the share of distinct n-grams
// falls with it.
inline constexpr std::size_t kDistinctWindow = 256;

// Element n-1: distinct / all n-grams (Li et al. 2016) of the last kDistinctWindow tokens. Above
// 0, to 1. Null until there are as many.
using DistinctShares = std::array<std::optional<double>, kDistinctOrders>;

class DistinctWindow {
 public:
  DistinctShares add(std::span<const TokenId> tokens);

 private:
  std::size_t count_repeats(std::size_t n);

  std::vector<TokenId> window_;
  SeenTable seen_;
  // By the token that a gram begins with, of the order looked at: whether it comes more than once.
  std::array<bool, kDistinctWindow> again_{};
};

}  // namespace duologue::measure
