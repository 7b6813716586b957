#include "measure/tokens.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::measure {
namespace {

enum Class : std::uint8_t { kOther, kSpace, kWord, kHigh };

constexpr std::array<Class, 256> byte_classes() {
  std::array<Class, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    const bool word = (i >= '0' && i <= '9') || (i >= 'a' && i <= 'z') || (i >= 'A' && i <= 'Z') || i == '_';
    const bool space = i == ' ' || (i >= 0x09 && i <= 0x0D) || (i >= 0x1C && i <= 0x1F);
    table[i] = i >= 0x80 ? kHigh : word ? kWord : space ? kSpace : kOther;
  }
  return table;
}
constexpr std::array<Class, 256> kClasses = byte_classes();

Class class_at(std::string_view text, std::size_t i) { return kClasses[static_cast<unsigned char>(text[i])]; }

constexpr std::uint64_t each_byte(std::uint64_t value) { return value * 0x0101010101010101ull; }

// The top bit of every byte of 0 to 127 that is `first` to `last`.
constexpr std::uint64_t bytes_between(std::uint64_t bytes, std::uint64_t first, std::uint64_t last) {
  return (bytes + each_byte(0x80 - first)) & ~(bytes + each_byte(0x7F - last));
}

// How many of the eight bytes at `from` are ASCII word characters, up to the first that is none. All eight
// are looked at together: a loop over bytes would end at a place that no processor foretells, once for every
// word.
std::size_t word_bytes(const char* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  const std::uint64_t low = bytes & each_byte(0x7F);
  const std::uint64_t words = bytes_between(low | each_byte(0x20), 'a', 'z') | bytes_between(low, '0', '9') |
                              bytes_between(low, '_', '_');
  const std::uint64_t others = (~words | bytes) & each_byte(0x80);
  return static_cast<std::size_t>(std::countr_zero(others)) / 8;  // 64 / 8 where there are none
}

// The end of the word characters that start at `i`; `i` itself where there are none.
std::size_t end_of_word_run(std::string_view text, std::size_t i) {
  while (i < text.size()) {
    if (text.size() - i >= sizeof(std::uint64_t)) {
      const std::size_t count = word_bytes(text.data() + i);
      i += count;
      if (count == sizeof(std::uint64_t)) continue;
    }
    if (i == text.size()) break;
    const Class c = class_at(text, i);
    if (c == kWord) {
      ++i;
      continue;
    }
    if (c != kHigh) break;
    const base::Utf8Step step = base::decode_utf8(text.substr(i));
    if (!base::is_word(step.code_point)) break;
    i += step.length;
  }
  return i;
}

// \w+('\w+)* from `i`; `i` itself where no word starts.
std::size_t end_of_word(std::string_view text, std::size_t i) {
  std::size_t end = end_of_word_run(text, i);
  if (end == i) return i;
  while (end < text.size() && text[end] == '\'') {
    const std::size_t next = end_of_word_run(text, end + 1);
    if (next == end + 1) break;
    end = next;
  }
  return end;
}

template <typename Emit>
void for_each_token(std::string_view text, Emit emit) {
  std::size_t i = 0;
  while (i < text.size()) {
    const Class c = class_at(text, i);
    std::size_t end = i + 1;
    if (c == kSpace) {
      i = end;
      continue;
    }
    bool word = false;
    if (c != kOther) {
      end = end_of_word(text, i);
      word = end > i;
    }
    if (end == i) {  // not ASCII and no word character
      const base::Utf8Step step = base::decode_utf8(text.substr(i));
      end = i + step.length;
      if (base::is_space(step.code_point)) {
        i = end;
        continue;
      }
    }
    emit(text.substr(i, end - i), word);
    i = end;
  }
}

// ASCII letters to lower case, into a buffer that keeps its memory; the loop vectorises.
void assign_ascii_lower(std::string& out, std::string_view text) {
  out.assign(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

void fold(std::string& out, std::string_view text) {
  const bool simple =
      base::is_ascii(text) || (base::is_valid_utf8(text) && base::only_ascii_case_folds(text));
  if (simple) {
    assign_ascii_lower(out, text);
  } else {
    out = base::nfc_lower(text);
  }
}

// The first `size` bytes at `bytes`, 1 to 8, as one number; eight can be read there.
std::uint64_t load_head(const char* bytes, std::size_t size) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word & ~std::uint64_t{0} >> (64 - 8 * size);
}

}  // namespace

// Eight bytes at a time, multiplied and shifted, with the finaliser of MurmurHash3 (fmix64): each input bit
// reaches the low bits, which tables take as the slot. Most words are one step, and nothing but a word's
// length beyond eight is a branch.
TokenId token_id(const char* token, std::size_t size) {
  std::uint64_t hash = size * 0x9E3779B97F4A7C15ull;
  for (; size > sizeof(std::uint64_t); size -= sizeof(std::uint64_t), token += sizeof(std::uint64_t)) {
    hash = (hash ^ load_head(token, sizeof(std::uint64_t))) * 0xFF51AFD7ED558CCDull;
    hash ^= hash >> 32;
  }
  hash = (hash ^ load_head(token, size)) * 0xFF51AFD7ED558CCDull;
  hash ^= hash >> 33;
  hash *= 0xC4CEB9FE1A85EC53ull;
  hash ^= hash >> 33;
  return hash == 0 ? 1 : hash;
}

TokenId token_id(std::string_view token) {
  std::string padded(token);
  pad_for_ids(padded);
  return token_id(padded.data(), std::max(token.size(), std::size_t{1}));
}

void pad_for_ids(std::string& text) { text.append(kIdPadding, '\0'); }

std::span<const TokenId> Tokenizer::tokenize(std::string_view text) {
  fold(folded_, text);
  pad_for_ids(folded_);
  ids_.clear();
  is_word_.clear();
  const std::string_view folded(folded_.data(), folded_.size() - kIdPadding);
  for_each_token(folded, [this](std::string_view token, bool word) {
    ids_.push_back(token_id(token.data(), token.size()));
    is_word_.push_back(word ? 1 : 0);
  });
  return ids_;
}

std::vector<std::string> token_texts(std::string_view text) {
  std::string folded;
  fold(folded, text);
  std::vector<std::string> tokens;
  for_each_token(folded, [&](std::string_view token, bool /*word*/) { tokens.emplace_back(token); });
  return tokens;
}

std::size_t token_place(std::string_view text, std::size_t number) {
  std::size_t place = text.size();
  std::size_t count = 0;
  for_each_token(text, [&](std::string_view token, bool /*word*/) {
    if (count++ == number) place = static_cast<std::size_t>(token.data() - text.data());
  });
  return place;
}

}  // namespace duologue::measure
