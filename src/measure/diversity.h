// How varied a text's vocabulary is. A Diversity keeps tables between texts; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "measure/token_types.h"

namespace duologue::measure {

inline constexpr std::size_t kMattrWindow = 50;

class Diversity {
 public:
  // Measure of textual lexical diversity (McCarthy & Jarvis 2010): the mean length of runs whose type-token
  // ratio stays above 0.72, forwards and backwards. 1 and up, unstable below about 50 tokens. Null: no
  // tokens.
  std::optional<double> mtld(const TokenTypes& text);

  // Moving-average type-token ratio (Covington & McFall 2010): the mean, over all windows of 50 tokens, of
  // the share of distinct tokens. Above 0, to 1. Null: fewer than 50 tokens.
  std::optional<double> mattr(const TokenTypes& text);

 private:
  std::vector<std::uint32_t> last_;  // scratch: by type, where or in which run it was met last
};

}  // namespace duologue::measure
