// The event "empty": a turn without tokens (nothing, or white space only). Told at the first of a run of
// them; turns of zero-width characters are not empty, their characters are tokens. One conversation, one
// thread.
#pragma once

#include <vector>

#include "measure/detector.h"

namespace duologue::measure {

class EmptyTurn final : public Detector {
 public:
  void observe(const TurnFeatures& features, SeriesValues values, std::vector<Detection>& found) override;

 private:
  bool last_was_empty_ = false;
};

}  // namespace duologue::measure
