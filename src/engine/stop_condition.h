// When a conversation ends by itself. Conditions are checked after every recorded turn; the first that holds
// ends it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "chat/transcript.h"
#include "engine/end_reason.h"
#include "engine/recorder.h"

namespace duologue::engine {

// What a condition may look at.
struct Progress {
  const chat::Transcript& transcript;
  const Commit& last;                    // the commit that ended in the newest turn
  std::uint64_t tokens_used = 0;         // prompt and completion tokens of all calls so far
  double cost_usd = 0;                   // of those of known cost
  std::chrono::milliseconds elapsed{0};  // of this run of the program
};

class StopCondition {
 public:
  virtual ~StopCondition() = default;
  // After each turn, while it is being recorded, and once for each stored one on resume (whose call isn't
  // there). A function of the turns, save for budgets of time.
  virtual std::optional<EndReason> check(const Progress& progress) = 0;
};

std::unique_ptr<StopCondition> stop_after_turns(std::uint32_t turns);
// The last `times` turns have the same text. times >= 2.
std::unique_ptr<StopCondition> stop_on_same_text(std::uint32_t times);
// A detection with this label ("converged" included) was made at the newest turn.
std::unique_ptr<StopCondition> stop_on_detection(std::string label);
std::unique_ptr<StopCondition> stop_on_tokens(std::uint64_t tokens);
std::unique_ptr<StopCondition> stop_on_cost(double usd);
std::unique_ptr<StopCondition> stop_on_time(std::chrono::milliseconds time);

}  // namespace duologue::engine
