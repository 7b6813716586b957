// Recurrence of token sets over the last turns: what the recurrence series are read from. Two turns recur
// where they share at least half of all their tokens. One conversation, one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "chat/turn.h"
#include "measure/recurrence/cross_window.h"
#include "measure/recurrence/measures.h"
#include "measure/recurrence/window.h"
#include "measure/token_window.h"

namespace duologue::measure {

// Turns among which recurrences are counted.
inline constexpr std::size_t kRecurrenceTurns = 32;
// The greatest Jaccard distance of turns that recur.
inline constexpr double kRecurrenceDistance = 0.5;

struct RecurrenceFeatures {
  RecurrenceMeasures all;      // of every pair of turns
  std::optional<double> xrr;   // of the first two speakers' turns: see CrossWindow
  std::optional<double> xdet;  // likewise
};

class RecurrenceCounter {
 public:
  RecurrenceCounter();
  // The next turn, which is the last one added to `overlaps`. That must look kRecurrenceTurns - 1 turns back.
  RecurrenceFeatures add(chat::ParticipantId speaker, const TokenWindow& overlaps);
  // The next turn isn't measured: it takes its place, and recurs with none.
  void skip();

 private:
  CrossSide side_of(chat::ParticipantId speaker);

  RecurrenceWindow all_;
  CrossWindow cross_;
  std::array<std::optional<chat::ParticipantId>, 2> speakers_;  // the first two that spoke
};

}  // namespace duologue::measure
