#include "cli/describe.h"

#include <fmt/format.h>

#include "cli/terminal/safe_text.h"

namespace duologue::cli {

std::string describe(const measure::Detection& detection) {
  std::string words = fmt::format("{} since turn {}", safe_line(detection.label), detection.onset);
  if (detection.period) words += fmt::format(", period {}", *detection.period);
  if (!detection.kind.empty()) words += ", " + safe_line(detection.kind);
  if (!detection.kind.empty() && !detection.by.empty())
    words += fmt::format(" ({})", safe_line(detection.by));
  return words;
}

std::string evidence(const measure::Detection& detection, std::size_t max_columns) {
  if (detection.quote.empty()) return "";
  return "“" + safe_line(detection.quote, max_columns) + "”";
}

std::string describe(const std::optional<engine::EndReason>& end) {
  if (!end) return "cut off";
  const std::string detail = safe_line(end->detail);
  switch (end->cause) {
    case engine::EndCause::kUser:
      return "ended by you";
    case engine::EndCause::kPaused:
      return detail.empty() ? "paused" : "paused: " + detail;
    case engine::EndCause::kFailed:
      return detail.empty() ? "failed" : "failed: " + detail;
    case engine::EndCause::kImported:
      return detail.empty() ? "imported" : "imported: " + detail;
    default:
      return detail.empty() ? std::string(engine::to_string(end->cause)) : detail;
  }
}

std::string describe_cost(std::optional<double> usd, std::uint64_t unpriced_calls) {
  if (!usd) return "";
  // A turn of a small model costs a fraction of a cent.
  std::string words = *usd < 1 ? fmt::format("${:.4g}", *usd) : fmt::format("${:.2f}", *usd);
  if (unpriced_calls > 0) {
    words += fmt::format(" and {} call{} of unknown price", unpriced_calls, unpriced_calls == 1 ? "" : "s");
  }
  return words;
}

std::string count(std::uint64_t n, std::string_view one) {
  return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s");
}

std::string describe(const chat::Author& author) {
  const std::string name = safe_line(author.name);
  switch (author.kind) {
    case chat::AuthorKind::kModel:
      return "its model";
    case chat::AuthorKind::kHuman:
      return "a human";
    case chat::AuthorKind::kModerator:
      return name.empty() ? "a moderator" : "the moderator " + name;
    case chat::AuthorKind::kHarness:
      return "the harness";
  }
  return "";
}

std::string describe(const chat::ToolCall& call) {
  const std::string head =
      fmt::format("→ called {} {}", safe_line(call.name, 64), safe_line(call.arguments, 200));
  return call.result.empty() ? head + ", not answered" : head + ", answered: " + safe_line(call.result, 200);
}

std::string describe(const chat::ConfigChange& change) {
  std::string words;
  const auto add = [&words](const std::string& what) { words += (words.empty() ? "" : ", ") + what; };
  if (change.model) add("now has the model " + safe_line(*change.model));
  if (change.system_prompt) add("has the system prompt “" + safe_line(*change.system_prompt, 60) + "”");
  if (change.sampling) add(fmt::format("samples anew, at temperature {:g}", change.sampling->temperature));
  if (change.memory) add("remembers otherwise");
  if (change.forget_through_turn) {
    add(fmt::format("no longer sees turns 1-{}", *change.forget_through_turn));
  }
  if (change.summary) add("but this summary: “" + safe_line(*change.summary, 200) + "”");
  if (words.empty()) words = "was changed";
  return change.cause.empty() ? words : words + " (" + safe_line(change.cause) + ")";
}

}  // namespace duologue::cli
