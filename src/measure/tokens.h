// Canonical tokens: what every series on words counts. The text (invalid UTF-8 replaced) is brought to NFC
// and lower case; a word run `\w+('\w+)*` is one token, every other code point that is no space is one. So
// zero-width characters and single emoji are tokens, and a text is without tokens only if it is empty or all
// space. `\w` and `\s` are those of Python's re (base/unicode.h), so that a reference takes one line:
//   re.findall(r"\w+(?:'\w+)*|\S", unicodedata.normalize("NFC", text).lower())
// A Tokenizer belongs to one thread; the functions are pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duologue::measure {

// A 64-bit hash of the token, never 0. Good within one process on one machine: never stored.
using TokenId = std::uint64_t;

TokenId token_id(std::string_view canonical_token);
// The same of a token, not empty, in a text that pad_for_ids() made longer: without a copy.
TokenId token_id(const char* canonical_token, std::size_t size);
inline constexpr std::size_t kIdPadding = 8;  // bytes
void pad_for_ids(std::string& text);

class Tokenizer {
 public:
  // The ids in the order of the text; valid until the next call.
  std::span<const TokenId> tokenize(std::string_view text);
  // Beside those ids: 1 where the token is a word, 0 where it is a symbol.
  std::span<const std::uint8_t> is_word() const { return is_word_; }

 private:
  std::string folded_;
  std::vector<TokenId> ids_;
  std::vector<std::uint8_t> is_word_;
};

// The tokens themselves. Slower: for people and tests.
std::vector<std::string> token_texts(std::string_view text);

// The byte at which the token of this number stands in the text itself; its size if there is no such token.
// Composed characters are counted as they stand, so an accent of its own may put it a token off: for quotes.
std::size_t token_place(std::string_view text, std::size_t number);

}  // namespace duologue::measure
