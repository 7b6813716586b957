#include "measure/history.h"

#include <algorithm>

#include "measure/hash_slot.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kGram = 4;
static_assert(kGram == SuffixTree::kAhead);
constexpr std::size_t kLeastSlots = 64;

std::size_t new_grams(const SuffixTree& history, std::size_t tokens) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + kGram <= tokens; ++i) count += history.held_ahead(i) < kGram ? 1 : 0;
  return count;
}

// Cut greedily into the longest pieces.
std::size_t pieces(const SuffixTree& history, std::size_t tokens) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < tokens; i += std::max(history.held(i), std::size_t{1})) ++count;
  return count;
}

}  // namespace

History::History() : words_(kLeastSlots) {}

HistoryFeatures History::add(const TokenTypes& turn) {
  HistoryFeatures features;
  by_type_.resize(turn.size());
  for (const TokenId token : turn.types()) __builtin_prefetch(&words_[hash_slot(token, words_.size())]);
  for (std::size_t i = 0; i < turn.size(); ++i) {
    const Symbol known = symbols_;
    by_type_[i] = symbol_of(turn.types()[i]);
    features.new_words += by_type_[i] == known && turn.is_content()[i] != 0 ? 1 : 0;
  }
  turn_.resize(turn.numbers().size());
  std::ranges::transform(turn.numbers(), turn_.begin(),
                         [this](std::uint32_t type) { return by_type_[type]; });
  turns_.look_up(turn_);
  features.new_grams = new_grams(turns_, turn_.size());
  if (begun_) features.pieces = pieces(turns_, turn_.size());
  turns_.append();
  begun_ = true;
  return features;
}

History::Word& History::word_of(TokenId token) {
  std::size_t slot = hash_slot(token, words_.size());
  while (words_[slot].token != 0 && words_[slot].token != token)
    slot = slot + 1 == words_.size() ? 0 : slot + 1;
  return words_[slot];
}

History::Symbol History::symbol_of(TokenId token) {
  if (const Word& known = word_of(token); known.token == token) return known.symbol;
  if ((std::size_t{symbols_} + 1) * 10 > words_.size() * 7) grow();
  word_of(token) = {token, symbols_};
  return symbols_++;
}

void History::grow() {
  decltype(words_) words(words_.size() + words_.size() / 2);
  words.swap(words_);
  for (const Word& word : words) {
    if (word.token != 0) word_of(word.token) = word;
  }
}

}  // namespace duologue::measure
