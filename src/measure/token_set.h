// The set of a turn's tokens, for overlaps between turns. A flat table with linear probing, at most half
// full: building it and intersecting two of them are linear in the tokens. A value; one thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "measure/tokens.h"

namespace duologue::measure {

class TokenSet {
 public:
  // Replaces the content. Memory is kept for the next turn, unless a giant turn left too much of it.
  void assign(std::span<const TokenId> tokens);

  std::size_t size() const { return members_.size(); }
  bool contains(TokenId token) const;
  std::span<const TokenId> members() const { return members_; }  // each once, in the order of the text

 private:
  void grow();
  bool insert(TokenId token);

  std::vector<TokenId> members_;
  std::vector<TokenId> table_;  // a power of two of slots; 0: free
};

// 1 - |A and B| / |A or B|, in [0, 1]. Two empty sets: 0; an empty one and another: 1.
double jaccard_distance(const TokenSet& a, const TokenSet& b);

}  // namespace duologue::measure
