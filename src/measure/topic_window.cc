#include "measure/topic_window.h"

#include <algorithm>

namespace duologue::measure {
namespace {

std::optional<double> share_outside(const std::vector<TokenId>& words, const GramSet& known) {
  if (words.empty()) return std::nullopt;
  const auto outside = std::ranges::count_if(words, [&](TokenId word) { return !known.contains(word); });
  return static_cast<double>(outside) / static_cast<double>(words.size());
}

}  // namespace

TopicFeatures TopicWindow::add(const TokenTypes& turn) {
  words_.clear();
  for (std::size_t type = 0; type < turn.size(); ++type) {
    if (turn.is_content()[type] != 0) words_.push_back(turn.types()[type]);
  }
  TopicFeatures features;
  if (turns_ >= kOpeningTurns) features.off_opening = share_outside(words_, opening_);
  if (turns_ >= kTopicTurns) features.off_topic = share_outside(words_, topic_);
  learn();
  ++turns_;
  return features;
}

void TopicWindow::learn() {
  if (turns_ < kOpeningTurns) {
    for (const TokenId word : words_) opening_.insert(word);
  }
  if (turns_ >= kTopicTurns) return;
  for (const TokenId word : words_) {
    if (!first_turn_.emplace(word, turns_).second) topic_.insert(word);
  }
  if (turns_ + 1 == kTopicTurns) first_turn_.clear();
}

}  // namespace duologue::measure
