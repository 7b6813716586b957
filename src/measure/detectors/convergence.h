// Convergence: any channel holds. It emits "converged" when the first one does, each channel's own label when
// that one is due, and can begin again after all have let go. One conversation, one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "measure/detector.h"
#include "measure/detectors/channel.h"
#include "measure/detectors/thresholds.h"
#include "measure/lag_period.h"

namespace duologue::measure {

class Convergence final : public Detector {
 public:
  Convergence();
  void observe(const TurnFeatures& features, SeriesValues values, std::vector<Detection>& found) override;

  // The episode that stands after the last turn, if any.
  const std::optional<Detection>& standing() const { return standing_; }

 private:
  Detection detection(const TurnFeatures& features, std::string_view label, std::uint32_t onset) const;

  std::vector<std::unique_ptr<Channel>> channels_;
  LagPeriod period_{kHoldTurns, kHoldTurns};  // of the turns of a hold
  std::optional<Detection> standing_;
  std::uint32_t free_from_ = 1;  // no onset lies before the end of the episode before
};

}  // namespace duologue::measure
