// From a word to the ids of its parts: WordPiece (the longest known part first, from the front) and Unigram
// (the most probable way to cut the word; Kudo 2018). As Hugging Face's tokenizers does both. Immutable once
// made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace duologue::model {

using TokenIds = std::vector<std::uint32_t>;

class Subwords {
 public:
  virtual ~Subwords() = default;
  virtual void append(std::string_view word, TokenIds& ids) const = 0;  // valid UTF-8, not empty
  virtual std::uint32_t largest_id() const = 0;
  virtual std::optional<std::uint32_t> unknown_id() const = 0;
};

struct WordPieceSpec {
  std::vector<std::pair<std::string, std::uint32_t>> vocabulary;
  std::string unknown;            // a token of the vocabulary: stands for a word that can't be cut whole
  std::string continuing_prefix;  // "##": before a part that isn't the word's first
  std::uint32_t max_word_characters = 100;  // a longer word is unknown
};
// kModel: no unknown token in it.
base::Result<std::unique_ptr<Subwords>> make_word_piece(const WordPieceSpec& spec);

struct UnigramSpec {
  std::vector<std::pair<std::string, double>> pieces;  // with their log-probabilities; the position is the id
  std::optional<std::uint32_t> unknown_id;  // for characters that no piece covers, a run of them once
  bool byte_fallback = false;  // such a run becomes its bytes' pieces <0xAB>, where all are there
};
// kModel: an unknown id beyond the pieces, no pieces.
base::Result<std::unique_ptr<Subwords>> make_unigram(UnigramSpec spec);

}  // namespace duologue::model
