// Finds the phrases of a lexicon in a turn's canonical tokens: one look-up a token, whatever the number of
// phrases. A phrase is words, compared as canonical tokens (so without case); it may begin with an anchor:
//   "^words"   where the turn's words begin; symbols and markup before them don't count
//   "=words"   the turn's words are these, and no others
// and hold "_" for any one word. An apostrophe stands for both ' and ’. Immutable once made; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "measure/tokens.h"

namespace duologue::measure {

class PhraseMatcher {
 public:
  struct Match {
    std::uint32_t group = 0;
    std::uint32_t token = 0;   // the first one's index
    std::uint32_t length = 0;  // in tokens
  };

  // Adds a phrase of a group (a small number of the caller's). kBadInput: it has no word, or begins with "_".
  base::Status add(std::string_view phrase, std::uint32_t group);
  // After the last add.
  void build();

  // All matches, in the order of their first tokens; of one group at one token only the longest, and none
  // that lies inside the one before it of its group. `is_word`: beside tokens, 0 where one is a symbol.
  void find(std::span<const TokenId> tokens, std::span<const std::uint8_t> is_word,
            std::vector<Match>& found) const;

 private:
  static constexpr TokenId kAny = 0;
  enum class Anchor : std::uint8_t { kNone, kOpening, kWhole };
  struct Phrase {
    std::vector<TokenId> tokens;  // kAny: any word
    std::uint32_t group = 0;
    Anchor anchor = Anchor::kNone;
    TokenId second = kAny;  // of the tokens; kAny where there is none
  };

  void add_tokens(std::vector<TokenId> tokens, std::uint32_t group, Anchor anchor);
  const Phrase* first_with(TokenId token) const;
  bool matches(const Phrase& phrase, std::span<const TokenId> tokens, std::span<const std::uint8_t> is_word,
               std::size_t at, std::size_t opening, std::size_t words) const;

  std::vector<Phrase> phrases_;  // by first token, the longer first
  struct Slot {
    TokenId token = 0;
    std::uint32_t first = 0;
  };
  std::vector<Slot> slots_;
  // A Bloom filter of what phrases begin with: a token alone, where any may follow, or two. Most tokens need
  // no other look.
  static constexpr std::size_t kFilterBits = 1 << 15;
  bool in_filter(TokenId first, TokenId second) const;
  void add_to_filter(TokenId first, TokenId second);
  std::vector<std::uint64_t> filter_;
};

}  // namespace duologue::measure
