// When a conversation ends by itself. Conditions are checked after every recorded turn; the first that holds ends it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "chat/transcript.h"
#include "engine/end_reason.h"
#include "engine/recorder.h"

namespace duologue::engine {

class StopCondition {
 public:
  virtual ~StopCondition() = default;
  // After each commit that ends in a turn, and once for each stored one on resume. Deterministic, save for budgets of time.
  virtual std::optional<EndReason> check(const chat::Transcript& transcript, const Commit& commit) = 0;
};

std::unique_ptr<StopCondition> stop_after_turns(std::uint32_t turns);
// The last `times` turns have the same text. times >= 2.
std::unique_ptr<StopCondition> stop_on_same_text(std::uint32_t times);
// A detection with this label ("converged" included) has been made.
std::unique_ptr<StopCondition> stop_on_detection(std::string label);
// Prompt and completion tokens of all calls together reach the budget.
std::unique_ptr<StopCondition> stop_on_tokens(std::uint64_t tokens);
std::unique_ptr<StopCondition> stop_on_time(std::chrono::milliseconds time, const base::Clock& clock);

}  // namespace duologue::engine
