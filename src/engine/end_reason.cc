#include "engine/end_reason.h"

#include <array>
#include <utility>

namespace duologue::engine {

namespace {

constexpr std::array<std::pair<EndCause, std::string_view>, 10> kEndCauses{{
    {EndCause::kTurnLimit, "turn_limit"},
    {EndCause::kSameText, "same_text"},
    {EndCause::kDetected, "detected"},
    {EndCause::kBudget, "budget"},
    {EndCause::kModerator, "moderator"},
    {EndCause::kTool, "tool"},
    {EndCause::kUser, "user"},
    {EndCause::kPaused, "paused"},
    {EndCause::kFailed, "failed"},
    {EndCause::kImported, "imported"},
}};

}  // namespace

std::string_view to_string(EndCause cause) {
  for (const auto& [value, word] : kEndCauses) {
    if (value == cause) return word;
  }
  return "unknown";
}

std::optional<EndCause> end_cause_from(std::string_view word) {
  for (const auto& [value, candidate] : kEndCauses) {
    if (candidate == word) return value;
  }
  return std::nullopt;
}

bool is_resumable(EndCause cause) {
  return cause == EndCause::kUser || cause == EndCause::kPaused || cause == EndCause::kFailed;
}

EndCause cause_of(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kModel:
    case base::ErrorKind::kUnavailable:
    case base::ErrorKind::kRateLimited:
    case base::ErrorKind::kTimeout:
      return EndCause::kPaused;
    default:
      return EndCause::kFailed;
  }
}

}  // namespace duologue::engine
