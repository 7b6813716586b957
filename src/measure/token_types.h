// The distinct tokens of a turn, its types, numbered in the order in which they first come: what is asked of
// a word is asked once a type, and what counts words needs no hashes. A TokenTypes keeps its memory between
// turns; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "measure/ngrams.h"
#include "measure/tokens.h"

namespace duologue::measure {

class TokenTypes {
 public:
  // Of these tokens; `is_word` beside them (Tokenizer). Both must stay as they are meanwhile.
  void assign(std::span<const TokenId> tokens, std::span<const std::uint8_t> is_word);

  std::span<const TokenId> tokens() const { return tokens_; }
  std::span<const std::uint8_t> is_word() const { return is_word_; }
  std::size_t size() const { return types_.size(); }
  std::span<const TokenId> types() const { return types_; }
  // By type: how often it comes; whether it is a word of content, so no symbol and no function word.
  std::span<const std::uint32_t> counts() const { return counts_; }
  std::span<const std::uint8_t> is_content() const { return is_content_; }
  // By token: the number of its type.
  std::span<const std::uint32_t> numbers() const { return numbers_; }
  bool is_content_token(std::size_t token) const { return is_content_[numbers_[token]] != 0; }

 private:
  std::span<const TokenId> tokens_;
  std::span<const std::uint8_t> is_word_;
  SeenTable seen_;
  std::vector<TokenId> types_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint8_t> is_content_;
  std::vector<std::uint32_t> numbers_;
};

}  // namespace duologue::measure
