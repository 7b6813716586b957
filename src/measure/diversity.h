// How varied a text's vocabulary is. A Diversity keeps tables between texts; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "measure/ngrams.h"
#include "measure/tokens.h"

namespace duologue::measure {

inline constexpr std::size_t kMattrWindow = 50;

class Diversity {
 public:
  // Measure of textual lexical diversity (McCarthy & Jarvis 2010): the mean length of runs whose type-token
  // ratio stays above 0.72, forwards and backwards. 1 and up, unstable below about 50 tokens. Null: no
  // tokens.
  std::optional<double> mtld(std::span<const TokenId> tokens);

  // Moving-average type-token ratio (Covington & McFall 2010): the mean, over all windows of 50 tokens, of
  // the share of distinct tokens. Above 0, to 1. Null: fewer than 50 tokens.
  std::optional<double> mattr(std::span<const TokenId> tokens);

 private:
  SeenTable seen_;
};

}  // namespace duologue::measure
