#include "measure/bleu_window.h"

namespace duologue::measure {

BleuFeatures BleuWindow::add(std::string_view text) {
  now_ = (now_ + 1) % kBleuTurns;
  Entry& entry = entries_[now_];
  preparer_.prepare(text, entry.text);
  entry.measured = true;
  BleuFeatures features;
  for (std::size_t lag = 1; lag < kBleuTurns; ++lag) {
    const Entry& other = before(lag);
    if (!other.measured) continue;
    const BleuMatches matches = bleu_matches(entry.text, other.text);
    entry.with[lag] =
        bleu_score(entry.text, other.text, matches) + bleu_score(other.text, entry.text, matches);
    if (lag > features.distance.size()) continue;
    // Two turns without words are alike, though BLEU has nothing to count in them.
    const bool both_empty = entry.text.tokens == 0 && other.text.tokens == 0;
    features.distance[lag - 1] = both_empty ? 0.0 : 1.0 - entry.with[lag] / 200.0;
  }
  features.self = self_bleu();
  return features;
}

void BleuWindow::skip() {
  now_ = (now_ + 1) % kBleuTurns;
  entries_[now_].measured = false;
}

std::optional<double> BleuWindow::self_bleu() {
  double sum = 0;
  for (std::size_t age = 0; age < kBleuTurns; ++age) {
    const Entry& later = before(age);
    if (!later.measured) return std::nullopt;
    for (std::size_t lag = 1; age + lag < kBleuTurns; ++lag) sum += later.with[lag];
  }
  return sum / static_cast<double>(kBleuTurns * (kBleuTurns - 1));
}

}  // namespace duologue::measure
