#include "measure/turn_features.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace duologue::measure {

const TurnFeatures& FeatureWindow::add(std::uint32_t number, const chat::Turn& turn) {
  features_.turn = number;
  features_.said = &turn;
  features_.tokens = tokenizer_.tokenize(turn.text);
  Slot& slot = slots_[next_];
  slot.set.assign(features_.tokens);
  slot.measured = true;
  fill_spectrum();
  fill_lengths();
  next_ = (next_ + 1) % slots_.size();
  return features_;
}

void FeatureWindow::skip() {
  slots_[next_].measured = false;
  next_ = (next_ + 1) % slots_.size();
}

void FeatureWindow::fill_spectrum() {
  for (std::size_t lag = 1; lag <= kLags; ++lag) {
    const Slot& before = slots_[(next_ + slots_.size() - lag) % slots_.size()];
    features_.jaccard[lag - 1] = std::nullopt;
    if (before.measured) features_.jaccard[lag - 1] = jaccard_distance(slots_[next_].set, before.set);
  }
}

void FeatureWindow::fill_lengths() {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t& oldest = recent_[measured_turns_ % kRecentTurns];
  if (measured_turns_ >= kRecentTurns) typical_.add(oldest);
  oldest = static_cast<std::uint32_t>(std::min(features_.tokens.size(), kMost));
  ++measured_turns_;
  features_.recent_tokens = std::nullopt;
  features_.typical_tokens = std::nullopt;
  if (measured_turns_ < kRecentTurns) return;
  const auto sum = std::accumulate(recent_.begin(), recent_.end(), std::uint64_t{0});
  features_.recent_tokens = static_cast<double>(sum) / static_cast<double>(kRecentTurns);
  if (typical_.count() >= kTypicalTurns) features_.typical_tokens = typical_.value();
}

}  // namespace duologue::measure
