#include "measure/turn_features.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace duologue::measure {

FeatureWindow::FeatureWindow(bool wide) : overlaps_(wide ? kRecurrenceTurns : kLags) {
  if (wide) wide_ = std::make_unique<Wide>();
}

const TurnFeatures& FeatureWindow::add(std::uint32_t number, const chat::Turn& turn,
                                       const TurnEmbedding* embedding) {
  features_.turn = number;
  features_.said = &turn;
  features_.tokens = tokenizer_.tokenize(turn.text);
  types_.assign(features_.tokens, tokenizer_.is_word());
  features_.types = &types_;
  features_.jaccard = overlaps_.add(types_.types());
  features_.overlaps = &overlaps_;
  features_.markers = Lexicon::built_in().count(features_.tokens, tokenizer_.is_word(), matches_);
  features_.shape = shaper_.shape(turn.text, types_);
  features_.frame = frames_.add(types_);
  features_.topic = topics_.add(types_);
  if (wide_) {
    features_.history = wide_->history.add(types_);
    features_.bleu = wide_->bleu.add(turn.text);
    features_.distinct = wide_->distinct.add(features_.tokens);
    features_.recurrence = wide_->recurrences.add(turn.speaker, overlaps_);
  }
  features_.meaning = {};
  if (embedding != nullptr) {
    if (!meanings_) meanings_ = std::make_unique<MeaningWindow>();
    features_.meaning = meanings_->add(*embedding);
  } else if (meanings_) {
    meanings_->skip();
  }
  fill_lengths();
  return features_;
}

void FeatureWindow::skip() {
  overlaps_.skip();
  frames_.skip();
  if (wide_) {
    wide_->bleu.skip();
    wide_->recurrences.skip();
  }
  if (meanings_) meanings_->skip();
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
