#include "measure/detectors/drift.h"

#include <algorithm>

#include "measure/detectors/labels.h"

namespace duologue::measure {

Drift::Drift(const RuleBook& book) : rule_(&book.drift()), state_(book.drift()) {}

void Drift::observe(const EvidenceWindow& window, const TurnFeatures& features,
                    std::vector<Detection>& found) {
  flagged_ = std::ranges::any_of(rule_->ways, [&](const Way& way) { return way.evidence(window) > 0; });
  if (const auto entered = state_.observe(window, features.turn))
    found.push_back(detection(state_.label(), *entered, window, features));
}

}  // namespace duologue::measure
