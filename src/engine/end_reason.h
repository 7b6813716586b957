// Why a conversation ended, and who ended it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace duologue::engine {

enum class EndCause {
  kTurnLimit,
  kSameText,   // the same text N times
  kDetected,   // a label was detected, or convergence
  kBudget,     // tokens or time
  kModerator,  // a moderator's Stop
  kTool,       // a participant called a tool that ends it
  kUser,       // Ctrl-C, a closed terminal, SIGTERM: resumable
  kPaused,     // a model's provider failed for good: its state is whole, resume goes on with the same turn
  kFailed,     // anything else that failed, the store among it: resumable
  kImported,   // it was another tool's; the detail is how its log says that it ended, where it does
};
std::string_view to_string(EndCause cause);
std::optional<EndCause> end_cause_from(std::string_view word);

struct EndReason {
  EndCause cause = EndCause::kTurnLimit;
  std::string detail;  // e.g. "40 turns", "converged at turn 9", the error's message
};

// True where resume goes on without being asked for more turns.
bool is_resumable(EndCause cause);

// How a conversation ends that met such an error: kPaused where a model failed, kFailed otherwise.
EndCause cause_of(base::ErrorKind kind);

}  // namespace duologue::engine
