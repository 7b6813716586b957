// The Detector door: states and events found in the series of a conversation. Causal and incremental as the
// series are, with a state of bounded size. A new detector is one file in measure/detectors/ and one member
// of Instrument::State (measure/instrument.cc).
//
// A Detector belongs to one conversation and one thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "measure/findings.h"
#include "measure/turn_features.h"

namespace duologue::measure {

// This turn's values, in the order of kSeries (measure/registry.h): values[series_index("period")].
using SeriesValues = std::span<const std::optional<double>>;

class Detector {
 public:
  virtual ~Detector() = default;
  // The measured turns, in order. Appends what was found at this turn; each finding is told once.
  virtual void observe(const TurnFeatures& features, SeriesValues values, std::vector<Detection>& found) = 0;
};

// The front of a turn's text as evidence: verbatim, without the white space before it, at most kQuoteBytes,
// cut between code points. Empty for a turn of white space only.
std::string quote_of(std::string_view text);

}  // namespace duologue::measure
