// Convergence: every turn is an instance of one pattern and adds nothing new. It is the first rule of
// data/detectors.yaml; it can end and begin again. One conversation, one thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "measure/detector.h"
#include "measure/detectors/evidence.h"
#include "measure/detectors/rule_state.h"
#include "measure/detectors/rules.h"

namespace duologue::measure {

class Convergence final : public Detector {
 public:
  explicit Convergence(const RuleBook& book);
  void observe(const EvidenceWindow& window, const TurnFeatures& features,
               std::vector<Detection>& found) override;

  // The episode that stands after the last turn, if any.
  const std::optional<Detection>& standing() const { return standing_; }

 private:
  // The turns over which a loop's kind is told: those of a hold.
  static constexpr std::size_t kTurns = 3;

  RuleState state_;
  std::optional<Detection> standing_;
};

}  // namespace duologue::measure
