// A model's vocabulary: text to tokens and back. Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

struct llama_model;
struct llama_vocab;

namespace duologue::model::llama {

using Token = std::int32_t;

class Vocab {
 public:
  // The model must outlive it.
  explicit Vocab(const llama_model* model);

  std::size_t size() const { return ends_.size(); }
  bool holds(Token token) const { return token >= 0 && static_cast<std::size_t>(token) < size(); }

  // The token's bytes; of a control token its written form. The token must be one.
  std::string_view piece(Token token) const;
  bool ends_generation(Token token) const { return (flags_[static_cast<std::size_t>(token)] & kEnds) != 0; }
  bool is_control(Token token) const { return (flags_[static_cast<std::size_t>(token)] & kControl) != 0; }
  const std::vector<Token>& end_tokens() const { return end_tokens_; }
  // Tokens that the model's file says are never to be sampled.
  const std::vector<Token>& suppressed() const { return suppressed_; }

  // The token that prompts start with; empty: none. A template may write it itself: bos_text() then.
  const std::vector<Token>& prompt_start() const { return prompt_start_; }
  std::string_view bos_text() const;
  std::string_view eos_text() const;

  // A template's own words: the names of special tokens become those tokens. `after_special`: nothing or a
  // special token comes before it in the prompt (some vocabularies put a space before a word there).
  std::vector<Token> tokenize_template(std::string_view text, bool after_special) const;
  // Anybody else's words: nothing in them is special. Bytes that aren't UTF-8 are read as U+FFFD.
  std::vector<Token> tokenize_plain(std::string_view text, bool after_special) const;

  // Of everything that decides what a token id means.
  const base::Hash& hash() const { return hash_; }
  const llama_vocab* raw() const { return vocab_; }

 private:
  static constexpr std::uint8_t kEnds = 1;
  static constexpr std::uint8_t kControl = 2;

  void read_pieces();
  void read_space_prefix();
  std::vector<Token> tokenize(std::string_view text, bool parse_special, bool after_special) const;

  const llama_vocab* vocab_;
  std::string bytes_;  // all pieces, one after the other
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint8_t> flags_;
  std::vector<Token> end_tokens_;
  std::vector<Token> suppressed_;
  std::vector<Token> prompt_start_;
  std::vector<Token> newline_;  // as text starts with it, where a space is put before text; otherwise empty
  base::Hash hash_;
};

}  // namespace duologue::model::llama
