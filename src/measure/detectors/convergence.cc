#include "measure/detectors/convergence.h"

#include <algorithm>
#include <string>
#include <utility>

namespace duologue::measure {

Convergence::Convergence() {
  channels_.push_back(make_lex_channel());
  channels_.push_back(make_short_channel());
}

void Convergence::observe(const TurnFeatures& features, SeriesValues values, std::vector<Detection>& found) {
  period_.add(features.jaccard);
  bool holds = false;
  std::vector<Detection> labels;
  for (const auto& channel : channels_) {
    const ChannelState state = channel->observe(features, values);
    holds = holds || state.holds;
    if (state.entered && !standing_) {
      standing_ = detection(features, "converged", std::max(state.onset, free_from_));
      standing_->kind = state.kind;
      found.push_back(*standing_);
    }
    if (state.labelled) labels.push_back(detection(features, channel->label(), state.label_onset));
  }
  for (Detection& label : labels) found.push_back(std::move(label));
  if (standing_ && !holds) {
    standing_.reset();
    free_from_ = features.turn - std::min(kHoldTurns - 1, features.turn - 1);
  }
}

Detection Convergence::detection(const TurnFeatures& features, std::string_view label,
                                 std::uint32_t onset) const {
  return {.label = std::string(label),
          .kind = "",
          .onset = onset,
          .detected_at = features.turn,
          .period = period_.value(),
          .quote_turn = features.turn,
          .quote = quote_of(features.said->text)};
}

}  // namespace duologue::measure
