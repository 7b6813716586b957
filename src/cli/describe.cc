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

}  // namespace duologue::cli
