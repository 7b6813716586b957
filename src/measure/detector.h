// The Detector door: states and events found in a conversation, told from the evidence of its turns. Causal
// and incremental as the series are, with a state of bounded size. Most are rules in data/detectors.yaml
// (detectors/labels.h); one that a rule can't say is a file of its own in measure/detectors/ and a member of
// Instrument::State (measure/instrument.cc).
//
// A Detector belongs to one conversation and one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "measure/findings.h"
#include "measure/turn_features.h"

namespace duologue::measure {

class EvidenceWindow;

class Detector {
 public:
  virtual ~Detector() = default;
  // The measured turns, in order; the turn is in `window` already. Appends what was found at this turn; each
  // finding is told once.
  virtual void observe(const EvidenceWindow& window, const TurnFeatures& features,
                       std::vector<Detection>& found) = 0;
};

// The front of a turn's text as evidence: verbatim, without the white space before it, at most kQuoteBytes,
// cut between code points. Empty for a turn of white space only.
std::string quote_of(std::string_view text);

}  // namespace duologue::measure
