#include "measure/phrase_matcher.h"

#include <algorithm>
#include <bit>
#include <string>

#include <fmt/format.h>

namespace duologue::measure {
namespace {

constexpr std::string_view kWildcard = "_";
constexpr std::string_view kTypographicApostrophe = "’";

std::size_t filter_bit(TokenId first, TokenId second, std::size_t bits) {
  return (first ^ second * 0x9E3779B97F4A7C15ull >> 7) % bits;
}

}  // namespace

base::Status PhraseMatcher::add(std::string_view phrase, std::uint32_t group) {
  const std::string_view given = phrase;
  Anchor anchor = Anchor::kNone;
  if (phrase.starts_with('^')) anchor = Anchor::kOpening;
  if (phrase.starts_with('=')) anchor = Anchor::kWhole;
  if (anchor != Anchor::kNone) phrase.remove_prefix(1);
  std::vector<TokenId> tokens;
  for (const std::string& token : token_texts(phrase))
    tokens.push_back(token == kWildcard ? kAny : token_id(token));
  if (tokens.empty() || tokens.front() == kAny) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("'{}' is no phrase: it must begin with a word of its own", given));
  }
  add_tokens(std::move(tokens), group, anchor);
  if (phrase.find('\'') == std::string_view::npos) return {};
  std::string typographic;
  for (const char c : phrase) {
    if (c == '\'') {
      typographic += kTypographicApostrophe;
    } else {
      typographic += c;
    }
  }
  std::vector<TokenId> parted;
  for (const std::string& token : token_texts(typographic))
    parted.push_back(token == kWildcard ? kAny : token_id(token));
  add_tokens(std::move(parted), group, anchor);
  return {};
}

void PhraseMatcher::add_tokens(std::vector<TokenId> tokens, std::uint32_t group, Anchor anchor) {
  const TokenId second = tokens.size() > 1 ? tokens[1] : kAny;
  phrases_.push_back({std::move(tokens), group, anchor, second});
}

void PhraseMatcher::build() {
  std::ranges::stable_sort(phrases_, [](const Phrase& a, const Phrase& b) {
    if (a.tokens.front() != b.tokens.front()) return a.tokens.front() < b.tokens.front();
    return a.tokens.size() > b.tokens.size();
  });
  slots_.assign(std::bit_ceil(phrases_.size() * 4 + 16), {});
  filter_.assign(kFilterBits / 64, 0);
  for (std::uint32_t i = 0; i < phrases_.size(); ++i) {
    const TokenId token = phrases_[i].tokens.front();
    add_to_filter(token, phrases_[i].second);
    if (i > 0 && phrases_[i - 1].tokens.front() == token) continue;
    std::size_t slot = token & (slots_.size() - 1);
    while (slots_[slot].token != 0) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = {token, i};
  }
}

bool PhraseMatcher::in_filter(TokenId first, TokenId second) const {
  const std::size_t bit = filter_bit(first, second, kFilterBits);
  return (filter_[bit / 64] >> bit % 64 & 1U) != 0;
}

void PhraseMatcher::add_to_filter(TokenId first, TokenId second) {
  const std::size_t bit = filter_bit(first, second, kFilterBits);
  filter_[bit / 64] |= std::uint64_t{1} << bit % 64;
}

const PhraseMatcher::Phrase* PhraseMatcher::first_with(TokenId token) const {
  std::size_t slot = token & (slots_.size() - 1);
  while (slots_[slot].token != 0) {
    if (slots_[slot].token == token) return &phrases_[slots_[slot].first];
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return nullptr;
}

bool PhraseMatcher::matches(const Phrase& phrase, std::span<const TokenId> tokens,
                            std::span<const std::uint8_t> is_word, std::size_t at, std::size_t opening,
                            std::size_t words) const {
  if (phrase.anchor != Anchor::kNone && at != opening) return false;
  if (at + phrase.tokens.size() > tokens.size()) return false;
  std::size_t own_words = 0;
  for (std::size_t i = 0; i < phrase.tokens.size(); ++i) {
    const bool word = is_word[at + i] != 0;
    own_words += word ? 1 : 0;
    if (phrase.tokens[i] == kAny ? !word : phrase.tokens[i] != tokens[at + i]) return false;
  }
  return phrase.anchor != Anchor::kWhole || own_words == words;
}

void PhraseMatcher::find(std::span<const TokenId> tokens, std::span<const std::uint8_t> is_word,
                         std::vector<Match>& found) const {
  found.clear();
  if (slots_.empty()) return;
  const auto first_word = std::ranges::find_if(is_word, [](std::uint8_t word) { return word != 0; });
  const auto opening = static_cast<std::size_t>(first_word - is_word.begin());
  const auto words =
      static_cast<std::size_t>(std::ranges::count_if(is_word, [](std::uint8_t word) { return word != 0; }));
  const Phrase* const end = phrases_.data() + phrases_.size();
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    const TokenId next = at + 1 < tokens.size() ? tokens[at + 1] : kAny;
    if (!in_filter(tokens[at], next) && !in_filter(tokens[at], kAny)) continue;
    const Phrase* phrase = first_with(tokens[at]);
    if (phrase == nullptr) continue;
    for (; phrase != end && phrase->tokens.front() == tokens[at]; ++phrase) {
      if (phrase->second != kAny && phrase->second != next) continue;
      if (!matches(*phrase, tokens, is_word, at, opening, words)) continue;
      const auto inside = [&](const Match& match) {
        return match.group == phrase->group && match.token + match.length > at;
      };
      if (std::any_of(found.rbegin(), found.rbegin() + std::min<std::ptrdiff_t>(8, std::ssize(found)),
                      inside))
        continue;
      found.push_back(
          {phrase->group, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(phrase->tokens.size())});
    }
  }
}

}  // namespace duologue::measure
