// Drift: the conversation moves away from its topic without settling (measurement.md section 7.2). It is not
// convergence, and its rule stands apart in data/detectors.yaml. Single turns are flagged too, so that their
// share can be told. One conversation, one thread.
#pragma once

#include <vector>

#include "measure/detector.h"
#include "measure/detectors/evidence.h"
#include "measure/detectors/rule_state.h"
#include "measure/detectors/rules.h"

namespace duologue::measure {

class Drift final : public Detector {
 public:
  explicit Drift(const RuleBook& book);
  void observe(const EvidenceWindow& window, const TurnFeatures& features,
               std::vector<Detection>& found) override;

  // Whether the last turn speaks for drift by any of its ways, whatever the turns before it said.
  bool flagged() const { return flagged_; }

 private:
  const Rule* rule_;
  RuleState state_;
  bool flagged_ = false;
};

}  // namespace duologue::measure
