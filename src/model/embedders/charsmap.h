// SentencePiece's precompiled character map ("precompiled_charsmap" of XLM-R and its descendants): which
// bytes become which others before a text is tokenised. A double-array trie (Darts, S. Yata) over the bytes,
// whose values are places in a string of replacements. Made from somebody else's file: no step leaves the
// tables. Immutable; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::model {

class Charsmap {
 public:
  // The map's bytes (in a tokenizer.json they stand as base64). kModel: damaged.
  static base::Result<Charsmap> parse(std::string_view bytes);

  // As Hugging Face's tokenizers applies it: a grapheme cluster of less than six bytes is looked up whole
  // (what is found is its shortest beginning that the map holds), every other one code point by code point;
  // what isn't found stays. Valid UTF-8 in, so valid UTF-8 out where the map's own replacements are.
  std::string apply(std::string_view text) const;

 private:
  // The replacement for the shortest beginning of `bytes` that has one.
  std::optional<std::string_view> find(std::string_view bytes) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_;  // each ends with a NUL
};

// Standard base64, with or without padding. Empty where it isn't.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace duologue::model
