// What happens to a text before a tokenizer's model sees it: the normalisers and pre-tokenizers of a
// tokenizer.json (Hugging Face tokenizers), as far as embedding models use them. Values and pure functions;
// any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unicode.h"
#include "model/embedders/charsmap.h"

namespace duologue::model {

struct NormalizerRule {
  enum class Kind {
    kBert,           // BertNormalizer, by the four switches below
    kForm,           // NFC, NFD, NFKC, NFKD
    kLowercase,      // character by character
    kStripMarks,     // StripAccents: all combining marks
    kTrim,           // Strip: white space at the ends
    kReplace,        // `from` by `to`, everywhere
    kReplaceSpaces,  // each run of white space, or of `least` spaces or more, by `to`
    kPrepend,        // `to` before a text that isn't empty
    kCharsmap,
  };
  Kind kind = Kind::kBert;
  bool clean = true;        // BERT: controls go, white space becomes spaces
  bool pad_han = true;      // BERT: spaces round CJK ideographs
  bool strip_marks = true;  // BERT: NFD, then nonspacing marks go
  bool lowercase = true;    // BERT
  bool left = true;         // trim
  bool right = true;        // trim
  base::NormalForm form = base::NormalForm::kNfc;
  std::uint32_t least = 0;  // spaces; 0: any white space, one or more
  std::string from;
  std::string to;
  std::shared_ptr<const Charsmap> charsmap;
};

struct PreTokenizerRule {
  enum class Kind {
    kWhitespaceSplit,  // at white space, which goes
    kPunctuation,      // each punctuation character by itself
    kMetaspace,        // spaces become `mark`, one is put in front, split before each
  };
  enum class Prepend { kAlways, kFirst, kNever };
  Kind kind = Kind::kWhitespaceSplit;
  std::string mark;
  Prepend prepend = Prepend::kAlways;
  bool split = true;
};

std::string normalize(std::string_view text, const std::vector<NormalizerRule>& rules);

// The words of a text as views into one string.
struct Words {
  std::string text;
  struct Span {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  std::vector<Span> spans;  // none is empty

  std::string_view operator[](std::size_t i) const {
    return std::string_view(text).substr(spans[i].begin, spans[i].size);
  }
};

Words pre_tokenize(std::string normalized, const std::vector<PreTokenizerRule>& rules);

}  // namespace duologue::model
