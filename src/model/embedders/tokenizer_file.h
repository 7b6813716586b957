// A tokenizer.json (Hugging Face tokenizers), as far as embedding models use it: WordPiece and Unigram with
// the normalisers and pre-tokenizers of BERT, XLM-R and model2vec. Anything else in one is an error that
// names it, never left out in silence. Special tokens are never found in a text: what a text says is plain
// text. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/embedders/subwords.h"
#include "model/embedders/text_rules.h"

namespace duologue::model {

class TextTokenizer {
 public:
  // kModel: no such file's content; `path` is for the messages only. Limits: 64 MiB, two million tokens.
  static base::Result<TextTokenizer> parse(std::string_view json, const std::string& path);

  // The text's tokens, without special ones before and after. Any bytes.
  TokenIds encode(std::string_view text) const;
  std::uint32_t largest_id() const { return subwords_->largest_id(); }
  std::optional<std::uint32_t> unknown_id() const { return subwords_->unknown_id(); }

 private:
  TextTokenizer() = default;

  std::vector<NormalizerRule> normalizers_;
  std::vector<PreTokenizerRule> pre_tokenizers_;
  std::unique_ptr<Subwords> subwords_;
};

}  // namespace duologue::model
