// All substrings of a growing sequence of tokens, in linear space (Blumer et al. 1985, "The smallest
// automaton recognizing the subwords of a text"): appending a token and following one are O(1) amortised, so
// asking how much of a turn was ever said before costs the turn's length, whatever the length of the
// conversation. About 50 bytes a token. A value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/huge_pages.h"
#include "measure/tokens.h"

namespace duologue::measure {

class SuffixAutomaton {
 public:
  // A state: a set of substrings that end at the same places. 0 is the empty one.
  using State = std::uint32_t;
  static constexpr State kRoot = 0;
  static constexpr State kNone = 0xFFFFFFFF;

  SuffixAutomaton();

  // Has what following and appending these tokens will look at fetched, for all of them at once: of a long
  // history nearly every step is a line of memory that no cache holds, and one step says where the next one
  // is.
  void prefetch(std::span<const TokenId> tokens);
  void append(TokenId token);
  // Ends a turn: no substring reaches over it.
  void append_break();
  // The state after one more token, or kNone where that was never appended.
  State follow(State state, TokenId token) const;
  // The state that stands for the last `length` tokens of a substring that `state` stood for before something
  // was appended: appending may have split it.
  State refresh(State state, std::size_t length) const;

  std::size_t tokens() const { return tokens_; }
  std::size_t bytes() const;

 private:
  using Symbol = std::uint32_t;

  // Most states have one transition; the others are in `more_`.
  struct Node {
    std::uint32_t length = 0;  // of its longest substring
    State link = kNone;        // the state of the longest suffix that ends in more places
    Symbol symbol = kNoSymbol;
    State target = kNone;
    std::uint32_t more = kNone;  // the latest of its further transitions
  };
  struct More {
    State from = kNone;
    Symbol symbol = 0;
    State target = kNone;
    std::uint32_t next = kNone;  // the one before it, of the same state
  };
  // A list that grows without moving: growing by copying would need twice the memory for a while, and would
  // leave a part of what it took unused, in a long talk's largest structures.
  template <typename T>
  class Pieces {
   public:
    T& operator[](std::size_t i) { return pieces_[i / kPiece][i % kPiece]; }
    const T& operator[](std::size_t i) const { return pieces_[i / kPiece][i % kPiece]; }
    void push_back(const T& item) {
      if (size_ % kPiece == 0) pieces_.emplace_back().reserve(kPiece);
      pieces_.back().push_back(item);
      ++size_;
    }
    std::size_t size() const { return size_; }
    std::size_t bytes() const {
      return pieces_.size() * kPiece * sizeof(T) + pieces_.capacity() * sizeof(pieces_[0]);
    }

   private:
    static constexpr std::size_t kPiece = 2'048;
    std::vector<std::vector<T>> pieces_;
    std::size_t size_ = 0;
  };
  template <typename T>
  using Table = std::vector<T, base::HugePageAllocator<T>>;
  static constexpr Symbol kNoSymbol = 0xFFFFFFFF;
  static constexpr Symbol kBreak = 0;

  Symbol symbol_of(TokenId token);           // a new one where needed
  Symbol known_symbol(TokenId token) const;  // kNoSymbol: never appended
  // Of more_table_: the slots where a transition would be are those from `slot` on, and its entry there has
  // this tag.
  struct Sought {
    std::size_t slot;
    std::uint32_t tag;
  };
  Sought seek(State from, Symbol symbol) const;
  bool has_tag(std::uint64_t entry, std::uint64_t tag) const { return (entry ^ tag) >> index_bits_ == 0; }
  std::size_t index_of(std::size_t entry) const { return entry & ((std::size_t{1} << index_bits_) - 1); }
  std::size_t next_slot(std::size_t slot) const { return slot + 1 == more_table_.size() ? 0 : slot + 1; }
  State transition(State from, Symbol symbol) const;
  void set_transition(State from, Symbol symbol, State target);
  void append_symbol(Symbol symbol);
  State add_node(std::uint32_t length, State link);
  State split(State from, State target, Symbol symbol);
  std::size_t more_slot(State from, Symbol symbol) const;
  void set_more_table(std::size_t slots);
  void grow_more_table();
  void grow_symbols();

  Pieces<Node> nodes_;
  Table<State> root_targets_;  // by symbol: the root has as many as there are words
  Pieces<More> more_;
  // Positions in more_, kNone: free. The bits that a position doesn't need hold some of the hash, so that
  // other transitions on the way are passed by without a look at them.
  Table<std::uint32_t> more_table_;
  std::uint32_t index_bits_ = 0;
  struct Word {
    TokenId token = 0;
    Symbol symbol = 0;
  };
  Table<Word> words_;  // a table, token 0: free
  struct Ahead {
    Symbol symbol = kNoSymbol;
    State state = kNone;
  };
  std::vector<Ahead> ahead_;  // scratch of prefetch
  Symbol symbols_ = 1;        // used so far, kBreak among them
  State last_ = kRoot;
  std::size_t tokens_ = 0;
};

}  // namespace duologue::measure
