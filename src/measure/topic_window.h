// How far a turn is from what the conversation began with: its content words against those of the opening and
// of the early topic. One conversation, one thread; keeps the words of the first kTopicTurns turns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "measure/ngrams.h"
#include "measure/token_types.h"
#include "measure/tokens.h"

namespace duologue::measure {

// Measured turns that count as the opening: one of each of two participants.
inline constexpr std::size_t kOpeningTurns = 2;
// Measured turns in which the topic shows: the words that at least two of them hold.
inline constexpr std::size_t kTopicTurns = 10;

// Shares of the turn's distinct content words, [0, 1]. Null for a turn without any, and within the opening
// (the topic's turns): a turn isn't compared with itself.
struct TopicFeatures {
  std::optional<double> off_opening;  // that the opening doesn't hold
  std::optional<double> off_topic;    // that aren't of the topic
};

class TopicWindow {
 public:
  TopicFeatures add(const TokenTypes& turn);

 private:
  void learn();  // from the words of a turn of the opening or the topic

  std::size_t turns_ = 0;
  GramSet opening_;
  GramSet topic_;
  std::unordered_map<TokenId, std::size_t> first_turn_;  // of each word, until the topic is known
  std::vector<TokenId> words_;                           // distinct content words of the present turn
};

}  // namespace duologue::measure
