// The detectors of labels: one for every rule of data/detectors.yaml but the first. A state is told when it
// begins, an event at the first turn of a run of them. One conversation, one thread.
#pragma once

#include <string_view>
#include <vector>

#include "measure/detector.h"
#include "measure/detectors/evidence.h"
#include "measure/detectors/rule_state.h"
#include "measure/detectors/rules.h"

namespace duologue::measure {

class Labels final : public Detector {
 public:
  explicit Labels(const RuleBook& book);
  void observe(const EvidenceWindow& window, const TurnFeatures& features,
               std::vector<Detection>& found) override;

 private:
  std::vector<RuleState> states_;
};

// What has begun, with its evidence: the part of the turn that holds the first of the way's markers, or the
// front of the turn.
Detection detection(std::string_view label, const RuleState::Entered& entered, const EvidenceWindow& window,
                    const TurnFeatures& features);

}  // namespace duologue::measure
