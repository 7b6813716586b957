// What measuring a turn yields: values and detections. Values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chat/turn.h"

namespace duologue::measure {

// One value of one series at one turn. Null is null, never 0: a missing value is not a measurement of
// nothing.
struct Measurement {
  std::uint32_t turn = 0;
  std::string_view metric;  // a name of the registry (measure/registry.h); static storage
  std::optional<chat::ParticipantId> participant;  // empty: of the conversation
  std::optional<double> value;
};

// A state or event found in the conversation. Turns are 1-based over all utterances.
struct Detection {
  std::string label;                    // "converged", or a label such as "repetition", "silence"
  std::string kind;                     // of a convergence: verbatim, template, paraphrase; empty for others
  std::uint32_t onset = 0;              // first turn of the pattern
  std::uint32_t detected_at = 0;        // the turn that completed the hold, >= onset
  std::optional<std::uint32_t> period;  // in turns
  // Evidence: a verbatim quote, at most kQuoteBytes, cut between code points, and where it stands.
  std::uint32_t quote_turn = 0;
  std::string quote;
  std::string by;  // in words, what showed it: a way's name in measure/data/detectors.yaml
};
inline constexpr std::size_t kQuoteBytes = 160;

struct Findings {
  std::vector<Measurement> measurements;
  std::vector<Detection> detections;  // new ones: each is reported once
  bool drifting = false;              // this turn alone speaks for drift; its state is the detection "drift"
};

// The turn's value of a series; null where it is null, or wasn't computed.
inline std::optional<double> value_of(const Findings& turn, std::string_view metric) {
  const auto found = std::ranges::find(turn.measurements, metric, &Measurement::metric);
  return found == turn.measurements.end() ? std::nullopt : found->value;
}

}  // namespace duologue::measure
