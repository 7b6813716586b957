#include "measure/detectors/empty_turn.h"

namespace duologue::measure {

void EmptyTurn::observe(const TurnFeatures& features, SeriesValues /*values*/,
                        std::vector<Detection>& found) {
  const bool empty = features.tokens.empty();
  if (empty && !last_was_empty_) {
    found.push_back({.label = "empty",
                     .kind = "",
                     .onset = features.turn,
                     .detected_at = features.turn,
                     .period = std::nullopt,
                     .quote_turn = features.turn,
                     .quote = ""});
  }
  last_was_empty_ = empty;
}

}  // namespace duologue::measure
