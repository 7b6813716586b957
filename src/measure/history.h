// What of a turn the turns before it held: the words, the 4-grams, and the longest pieces (Ziv & Merhav
// 1993). One conversation, one thread; keeps about 40 bytes a token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/huge_pages.h"
#include "measure/suffix_tree.h"
#include "measure/token_types.h"

namespace duologue::measure {

struct HistoryFeatures {
  std::size_t new_words = 0;  // distinct content words that no turn before held
  // Of the turn's 4-grams, those that no turn before held; 0 for a turn of fewer tokens.
  std::size_t new_grams = 0;
  // The least number of pieces that the turn falls into, each held by a turn before or one new token. Null
  // for the first turn.
  std::optional<std::size_t> pieces;
};

class History {
 public:
  History();

  HistoryFeatures add(const TokenTypes& turn);

 private:
  using Symbol = SuffixTree::Symbol;
  struct Word {
    TokenId token = 0;
    Symbol symbol = 0;
  };

  Symbol symbol_of(TokenId token);  // a new one where it never came before
  Word& word_of(TokenId token);     // its place, or the free one where it belongs
  void grow();

  std::vector<Word, base::HugePageAllocator<Word>> words_;  // a table, token 0: free
  Symbol symbols_ = 0;                                      // so far
  SuffixTree turns_;
  bool begun_ = false;
  std::vector<Symbol> by_type_;  // scratch of add
  std::vector<Symbol> turn_;     // likewise
};

}  // namespace duologue::measure
