#include "chat/turn.h"

#include <array>
#include <utility>

namespace duologue::chat {

namespace {

constexpr std::array<std::pair<AuthorKind, std::string_view>, 4> kAuthorKinds{{
    {AuthorKind::kModel, "model"},
    {AuthorKind::kHuman, "human"},
    {AuthorKind::kModerator, "moderator"},
    {AuthorKind::kHarness, "harness"},
}};

constexpr std::array<std::pair<StopReason, std::string_view>, 7> kStopReasons{{
    {StopReason::kEndOfTurn, "end_of_turn"},
    {StopReason::kLength, "length"},
    {StopReason::kStopSequence, "stop_sequence"},
    {StopReason::kToolCall, "tool_call"},
    {StopReason::kContentFilter, "content_filter"},
    {StopReason::kRefusal, "refusal"},
    {StopReason::kWritten, "written"},
}};

template <typename Table, typename Value>
std::string_view word_of(const Table& table, Value value) {
  for (const auto& [candidate, word] : table) {
    if (candidate == value) return word;
  }
  return "unknown";
}

template <typename Value, std::size_t n>
std::optional<Value> value_of(const std::array<std::pair<Value, std::string_view>, n>& table,
                              std::string_view word) {
  for (const auto& [value, candidate] : table) {
    if (candidate == word) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(AuthorKind kind) { return word_of(kAuthorKinds, kind); }
std::string_view to_string(StopReason reason) { return word_of(kStopReasons, reason); }
std::optional<AuthorKind> author_kind_from(std::string_view word) { return value_of(kAuthorKinds, word); }
std::optional<StopReason> stop_reason_from(std::string_view word) { return value_of(kStopReasons, word); }

}  // namespace duologue::chat
