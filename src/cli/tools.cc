#include "cli/tools.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/proportion.h"
#include "cli/table.h"
#include "cli/terminal/safe_text.h"
#include "experiment/spec.h"
#include "measure/tool_use.h"
#include "store/json_text.h"
#include "store/reader.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using measure::Proportion;
using measure::ToolUse;

struct ToolsFlags {
  std::vector<std::string> files;
  bool json = false;
};

// One tool of one participant in one arm.
struct Row {
  std::string experiment;
  std::string arm;
  std::string participant;
  std::string tool;
  std::string cost;
  measure::ToolCounts counts;
};

Row& row_of(std::vector<Row>& rows, const std::string& experiment, const std::string& arm,
            const std::string& participant, const engine::Tool& tool) {
  const auto found = std::ranges::find_if(rows, [&](const Row& row) {
    return row.experiment == experiment && row.arm == arm && row.participant == participant &&
           row.tool == tool.declaration.name;
  });
  if (found != rows.end()) return *found;
  return rows.emplace_back(Row{experiment, arm, participant, tool.declaration.name, tool.cost, {}});
}

void count_trial(const experiment::ExperimentSpec& spec, const store::TrialSummary& trial,
                 const chat::Transcript& transcript, std::vector<Row>& rows) {
  const auto& participants = experiment::form_of(spec, trial.row.id).participants;
  const std::string& arm = experiment::arm_name(spec, trial.row.id);
  const std::uint32_t turns = transcript.turn_count();
  const chat::Turn* last = turns > 0 ? transcript.turn(turns)->as_turn() : nullptr;
  const bool by_tool = trial.end && trial.end->cause == engine::EndCause::kTool && last != nullptr;
  for (chat::ParticipantId id = 0; id < participants.size(); ++id) {
    for (const engine::Tool& tool : participants[id].tools) {
      measure::ToolCounts& counts = row_of(rows, spec.name, arm, participants[id].name, tool).counts;
      counts.begin_conversation();
      for (std::uint32_t number = 1; number <= turns; ++number) {
        const chat::Turn& turn = *transcript.turn(number)->as_turn();
        const bool own = turn.speaker == id && turn.author.kind == chat::AuthorKind::kModel;
        if (own) counts.add(turn, tool.declaration.name);
      }
      const bool its_end = by_tool && last->speaker == id && tool.effect == engine::ToolEffect::kEnds &&
                           std::ranges::any_of(last->tool_calls, [&](const chat::ToolCall& call) {
                             return call.name == tool.declaration.name;
                           });
      counts.end_conversation(its_end);
    }
  }
}

base::Status count_file(const std::string& path, std::vector<Row>& rows) {
  TRY_ASSIGN(const auto reader, store::Reader::open(path));
  TRY_ASSIGN(const store::FileInfo info, reader->file_info());
  auto spec = experiment::spec_from_json(info.spec_json);
  if (!spec) return fail(ErrorKind::kStore, fmt::format("{}: {}", path, spec.error().message));
  TRY_ASSIGN(const std::vector<store::TrialSummary> trials, reader->trials());
  for (const store::TrialSummary& trial : trials) {
    TRY_ASSIGN(const chat::Transcript transcript, reader->transcript(trial.row.id));
    count_trial(*spec, trial, transcript, rows);
  }
  return {};
}

Result<std::string> json_of(const Row& row) {
  Json json = Json::object();
  store::put_text(json, "experiment", row.experiment);
  store::put_text(json, "arm", row.arm);
  store::put_text(json, "participant", row.participant);
  store::put_text(json, "tool", row.tool);
  store::put_text(json, "cost", row.cost);
  json["calls"] = row.counts.calls();
  constexpr std::array<std::pair<const char*, ToolUse>, 3> kColumns{
      {{"called", ToolUse::kCalled}, {"named", ToolUse::kNamed}, {"refused", ToolUse::kRefused}}};
  for (const auto& [key, use] : kColumns) {
    TRY_ASSIGN(const Proportion turns, row.counts.turns(use));
    TRY_ASSIGN(const Proportion talks, row.counts.conversations(use));
    json[key] = {{"turns", proportion_json(turns)},
                 {"conversations", proportion_json(talks, "conversations")}};
  }
  TRY_ASSIGN(const Proportion ended, row.counts.ended());
  json["ended"] = proportion_json(ended, "conversations");
  return base::dump_json(json) + "\n";
}

Result<std::vector<std::string>> cells_of(const Row& row) {
  std::vector<std::string> cells{safe_line(row.arm.empty() ? "-" : row.arm, 60),
                                 safe_line(row.participant, 20), safe_line(row.tool, 40)};
  TRY_ASSIGN(const Proportion talks, row.counts.conversations(ToolUse::kCalled));
  cells.push_back(proportion_text(talks));
  for (const ToolUse use : {ToolUse::kCalled, ToolUse::kNamed, ToolUse::kRefused}) {
    TRY_ASSIGN(const Proportion turns, row.counts.turns(use));
    cells.push_back(proportion_text(turns));
  }
  TRY_ASSIGN(const Proportion ended, row.counts.ended());
  cells.push_back(proportion_text(ended));
  return cells;
}

Result<ExitCode> run_tools(const ToolsFlags& flags, CommandContext& context) {
  std::vector<Row> rows;
  for (const std::string& file : flags.files) TRY(count_file(file, rows));
  if (flags.json) {
    for (const Row& row : rows) {
      TRY_ASSIGN(const std::string line, json_of(row));
      context.out.write(line);
    }
    return ExitCode::kDone;
  }
  if (rows.empty()) {
    context.out.write("Nobody in these conversations had tools.\n");
    return ExitCode::kDone;
  }
  std::vector<std::vector<std::string>> cells{{"arm", "participant", "tool", "conversations calling",
                                               "turns calling", "only naming", "refusing", "ended"}};
  for (const Row& row : rows) {
    TRY_ASSIGN(std::vector<std::string> line, cells_of(row));
    cells.push_back(std::move(line));
  }
  context.out.write(table(cells));
  context.out.write(
      "(Shares of the turns that the participant's model spoke, and of conversations; 95 % Wilson intervals: "
      "docs/tools.md.)\n");
  return ExitCode::kDone;
}

}  // namespace

void add_tools(Command root, CommandContext& context) {
  auto flags = std::make_shared<ToolsFlags>();
  Command command = root.add_command(
      context,
      {"tools", "How often tools were called, only named, and refused, by arm and participant",
       "duologue tools attractor.duo\n  duologue tools attractor.duo --json"},
      [flags, &context] { return run_tools(*flags, context); });
  command.arguments("FILE", flags->files, "recordings");
  command.flag("--json", flags->json, "JSON Lines, one a tool, participant and arm");
}

}  // namespace duologue::cli
