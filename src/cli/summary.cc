#include "cli/summary.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cli/describe.h"
#include "cli/talk_flags.h"
#include "cli/terminal/safe_text.h"

namespace duologue::cli {
namespace {

constexpr std::size_t kQuoteColumns = 100;
// Below this, a conversation can hardly have shown that it settled: three turns that look back on six.
constexpr std::uint32_t kFewTurns = 8;

const measure::Detection* first_converged(const TalkSummary& summary) {
  const auto found = std::ranges::find(summary.detections, "converged", &measure::Detection::label);
  return found == summary.detections.end() ? nullptr : &*found;
}

std::string settled_line(const TalkSummary& summary) {
  const measure::Detection* converged = first_converged(summary);
  if (converged == nullptr) {
    return fmt::format("Did not settle in {}{}.", count(summary.turns, "turn"),
                       summary.turns < kFewTurns ? ", which is too few to tell" : "");
  }
  std::string line =
      fmt::format("Settled at turn {} (seen at turn {})", converged->onset, converged->detected_at);
  if (converged->period) line += fmt::format(", period {}", *converged->period);
  if (!converged->kind.empty()) line += ", " + safe_line(converged->kind);
  if (const std::string quote = evidence(*converged, kQuoteColumns); !quote.empty()) line += ": " + quote;
  return line;
}

// Other labels, each with its first onset.
std::string labels_line(const TalkSummary& summary) {
  std::set<std::string> seen{"converged"};
  std::string line;
  for (const measure::Detection& detection : summary.detections) {
    if (!seen.insert(detection.label).second) continue;
    line += fmt::format("{}{} since turn {}", line.empty() ? "Detected: " : "; ", safe_line(detection.label),
                        detection.onset);
  }
  return line;
}

std::string models_of(const experiment::ExperimentSpec& spec) {
  std::string words;
  const bool alike = std::ranges::all_of(spec.participants, [&](const auto& participant) {
    return participant.model == spec.participants.front().model;
  });
  for (const experiment::ParticipantSpec& participant : spec.participants) {
    words += fmt::format(" {}", shell_word(participant.model));
    if (alike && spec.participants.size() <= 2) break;
  }
  return words;
}

std::string try_next(const TalkSummary& summary) {
  const experiment::ExperimentSpec& spec = *summary.spec;
  if (first_converged(summary) == nullptr) {
    return fmt::format("duologue talk{} --seed {} --turns 200 --stop-on converged", models_of(spec),
                       spec.seed);
  }
  if (!summary.other_models.empty()) {
    return fmt::format("duologue talk {} {}", shell_word(spec.participants.front().model),
                       shell_word(summary.other_models.front()));
  }
  const double hotter = std::min(spec.participants.front().sampling.temperature + 0.5, 2.0);
  return fmt::format("duologue talk{} --seed {} --temperature {:.1f}", models_of(spec), spec.seed, hotter);
}

}  // namespace

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string resume_command(const std::string& path, bool came_to_its_end) {
  return fmt::format("duologue resume {}{}", shell_word(path), came_to_its_end ? " --turns +100" : "");
}

std::vector<std::string> summary_lines(const TalkSummary& summary) {
  std::vector<std::string> lines;
  lines.push_back(settled_line(summary));
  if (std::string labels = labels_line(summary); !labels.empty()) lines.push_back(std::move(labels));
  lines.emplace_back(
      "(How that is judged, and how often wrongly: docs/detection.md. A turn is one utterance.)");
  const bool own_end = summary.end && !engine::is_resumable(summary.end->cause);
  if (summary.interrupted) {
    lines.push_back(
        fmt::format("Interrupted after {}; all of them are recorded.", count(summary.turns, "turn")));
  } else if (summary.end && summary.end->cause == engine::EndCause::kPaused) {
    lines.push_back(
        fmt::format("Paused after {}; all of them are recorded, and resume goes on with the next.",
                    count(summary.turns, "turn")));
  } else if (summary.end && summary.end->cause == engine::EndCause::kTurnLimit) {
    lines.push_back(fmt::format("Ended after {}, as asked.", count(summary.turns, "turn")));
  } else {
    lines.push_back(fmt::format("Ended after {}: {}.", count(summary.turns, "turn"), describe(summary.end)));
  }
  if (summary.cost_usd)
    lines.push_back("Cost:     " + describe_cost(summary.cost_usd, summary.unpriced_calls));
  lines.push_back("Go on:    " + resume_command(summary.path, own_end));
  lines.push_back("Read it:  duologue show " + shell_word(summary.path));
  lines.push_back("Try next: " + try_next(summary));
  for (std::string& line : lines) line = safe_line(line);
  return lines;
}

}  // namespace duologue::cli
