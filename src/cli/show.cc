#include "cli/show.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "chat/nobody.h"
#include "cli/describe.h"
#include "cli/number.h"
#include "cli/show_view.h"
#include "cli/target.h"
#include "cli/terminal/safe_text.h"
#include "store/export_jsonl.h"
#include "store/import/provenance.h"
#include "store/reader.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using store::TrialSummary;

struct ShowFlags {
  std::string target;
  std::string turns;
  std::string as;
  std::string prompt;
  bool json = false;
};

std::string name_of(const TrialSummary& trial, chat::ParticipantId id) {
  if (id == chat::kNobody) return std::string(chat::kNobodysName);
  return id < trial.row.participants.size() ? safe_line(trial.row.participants[id].name) : "?";
}

void write_head(const TrialSummary& trial, const store::FileInfo& info, Output& out) {
  std::string seats;
  for (const store::TrialParticipant& seat : trial.row.participants) {
    seats += fmt::format("{}{} is {}", seats.empty() ? "" : ", ", seat.name,
                         seat.model.empty() ? "an unknown model" : seat.model);
  }
  const auto logs = store::imports_of(info);
  if (logs.empty()) {
    out.print("Trial {}: {}; seed {}, determinism {}\n\n", trial.row.id, safe_line(seats), info.seed,
              safe_line(info.determinism));
    return;
  }
  out.print("Trial {}: {}; imported from {}\n\n", trial.row.id, safe_line(seats),
            logs.size() == 1
                ? fmt::format("{} ({})", safe_line(logs.front().file), safe_line(logs.front().format))
                : fmt::format("{} logs", logs.size()));
}

void write_between(const chat::Entry& entry, const TrialSummary& trial, Output& out) {
  if (const chat::Injection* injection = entry.as_injection()) {
    const bool opening = injection->author.kind == chat::AuthorKind::kHarness;
    out.print("[{} to {}] {}\n", opening ? "opening" : describe(injection->author),
              injection->to ? name_of(trial, *injection->to) : "all", safe_text(injection->text));
  } else if (const chat::ConfigChange* change = entry.as_change()) {
    out.print("[{} {}]\n", name_of(trial, change->participant), describe(*change));
  }
}

void write_turn(const store::TurnRecord& record, const TrialSummary& trial, Output& out) {
  const chat::Turn& turn = *record.turn->as_turn();
  const bool by_model = turn.author.kind == chat::AuthorKind::kModel;
  out.print("{:>4}  {}{}: {}\n", record.turn->turn, name_of(trial, turn.speaker),
            by_model ? "" : " (written by " + describe(turn.author) + ")",
            turn.text.empty() ? "(says nothing)" : safe_text(turn.text));
  for (const chat::ToolCall& call : turn.tool_calls) out.print("      {}\n", describe(call));
  if (!turn.reasoning.empty())
    out.print("      (thought for {} characters, not shown)\n", turn.reasoning.size());
  for (const measure::Detection& detection : record.detections) {
    out.print("      ◆ {} (seen at turn {})\n", describe(detection), detection.detected_at);
  }
}

Status write_talk(store::Reader& reader, const TrialSummary& trial, const TurnRange& range, Output& out) {
  return reader.for_each_turn(trial.row.id, {}, [&](const store::TurnRecord& record) -> Status {
    if (out.closed()) return fail(ErrorKind::kCancelled, "nobody reads");
    const std::uint32_t turn = record.turn ? record.turn->turn : trial.turns;
    if (!range.holds(turn)) return {};
    for (const chat::EntryPtr& entry : record.before) write_between(*entry, trial, out);
    if (record.turn) write_turn(record, trial, out);
    return {};
  });
}

Result<ExitCode> show_talk(store::Reader& reader, const TrialSummary& trial, const TurnRange& range,
                           CommandContext& context) {
  TRY_ASSIGN(const store::FileInfo info, reader.file_info());
  write_head(trial, info, context.out);
  const Status written = write_talk(reader, trial, range, context.out);
  if (context.out.closed()) return ExitCode::kDone;
  TRY(written);
  const bool ended = trial.end && trial.end->cause != engine::EndCause::kPaused;
  context.out.print("\n{}: {}\n", ended ? "Ended" : "Not ended",
                    trial.end ? describe(trial.end) : fmt::format("{} turns so far", trial.turns));
  if (trial.cost_usd) context.out.print("Cost: {}\n", describe_cost(trial.cost_usd, trial.unpriced_calls));
  return ExitCode::kDone;
}

// The export's lines: one a turn, in order.
Result<ExitCode> show_json(store::Reader& reader, const TrialSummary& trial, const TurnRange& range,
                           CommandContext& context) {
  std::uint32_t turn = 0;
  const Status written = store::export_jsonl(reader, trial.row.id, {}, [&](std::string_view line) -> Status {
    if (range.holds(++turn)) context.out.write(line);
    return context.out.closed() ? Status(fail(ErrorKind::kCancelled, "nobody reads")) : Status();
  });
  if (!context.out.closed()) TRY(written);
  return ExitCode::kDone;
}

Result<ExitCode> run_show(const ShowFlags& flags, CommandContext& context) {
  if (!flags.as.empty() && !flags.prompt.empty()) {
    return fail(ErrorKind::kUsage, "show: give --as or --prompt, not both: a prompt is always its speaker's");
  }
  if (!flags.turns.empty() && !flags.prompt.empty()) {
    return fail(ErrorKind::kUsage, "show: give --turns or --prompt, not both: a prompt is of one turn");
  }
  TurnRange range;
  if (!flags.turns.empty()) {
    TRY_ASSIGN(range, range_from(flags.turns));
  }
  const Target target = target_from(flags.target);
  TRY_ASSIGN(const auto reader, store::Reader::open(target.path));
  TRY_ASSIGN(const TrialSummary trial, find_trial(*reader, target));
  if (!flags.as.empty()) return show_as(*reader, trial, flags.as, range, flags.json, context);
  if (!flags.prompt.empty()) {
    const auto turn = count_from(flags.prompt);
    if (!turn)
      return fail(ErrorKind::kUsage, fmt::format("show: --prompt '{}' is not a turn's number", flags.prompt));
    return show_prompt(*reader, trial, *turn, flags.json, context);
  }
  if (flags.json) return show_json(*reader, trial, range, context);
  return show_talk(*reader, trial, range, context);
}

}  // namespace

void add_show(Command root, CommandContext& context) {
  auto flags = std::make_shared<ShowFlags>();
  Command command =
      root.add_command(context,
                       {"show", "Reads a conversation, one participant's view, or a turn's exact prompt",
                        "duologue show a.duo --turns 10-20\n"
                        "  duologue show a.duo --as B\n"
                        "  duologue show a.duo --prompt 7"},
                       [flags, &context] { return run_show(*flags, context); });
  command.argument("FILE", flags->target, "the recording, or FILE.duo:TRIAL");
  command.option("--turns", flags->turns, "10-20, 10-, -20 or 10: those turns only");
  command.option("--as", flags->as, "NAME: the messages that this participant sees, with their roles");
  command.option("--prompt", flags->prompt, "TURN: what it was made from, checked against the record");
  command.flag("--json", flags->json, "JSON on standard output, and nothing else there");
}

}  // namespace duologue::cli
