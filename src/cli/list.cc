#include "cli/list.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/describe.h"
#include "cli/table.h"
#include "cli/terminal/safe_text.h"
#include "store/json_text.h"
#include "store/reader.h"

namespace duologue::cli {
namespace {

using base::Json;
using base::Result;
using store::TrialSummary;

struct ListFlags {
  std::string path;
  bool json = false;
};

using Cells = std::vector<std::string>;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + safe_line(word);
  return text;
}

Cells cells_of(const TrialSummary& trial) {
  const auto& converged = trial.converged;
  std::vector<std::string> participants;
  for (const store::TrialParticipant& seat : trial.row.participants)
    participants.push_back(seat.name + "=" + seat.model);
  return {fmt::format("{}", trial.row.id),
          fmt::format("{}", trial.turns),
          safe_line(describe(trial.end), 40),
          converged ? fmt::format("{}", converged->onset) : "-",
          converged && converged->period ? fmt::format("{}", *converged->period) : "-",
          trial.labels.empty() ? "-" : safe_line(joined(trial.labels), 40),
          safe_line(trial.row.opening, 30),
          safe_line(joined(participants), 60)};
}

std::string json_of(const TrialSummary& trial) {
  Json json = Json::object();
  json["trial"] = trial.row.id;
  store::put_text(json, "opening", trial.row.opening);
  json["repeat"] = trial.row.repeat;
  json["participants"] = Json::array();
  for (const store::TrialParticipant& seat : trial.row.participants) {
    Json one = Json::object();
    store::put_text(one, "name", seat.name);
    store::put_text(one, "model", seat.model);
    json["participants"].push_back(std::move(one));
  }
  json["turns"] = trial.turns;
  json["end"] = nullptr;
  if (trial.end) {
    json["end"] = Json::object();
    json["end"]["cause"] = engine::to_string(trial.end->cause);
    store::put_text(json["end"], "detail", trial.end->detail);
  }
  json["converged"] = nullptr;
  if (trial.converged) {
    Json converged = Json::object();
    converged["onset"] = trial.converged->onset;
    converged["detected_at"] = trial.converged->detected_at;
    converged["period"] = trial.converged->period ? Json(*trial.converged->period) : Json(nullptr);
    converged["kind"] = trial.converged->kind;
    json["converged"] = std::move(converged);
  }
  json["labels"] = trial.labels;
  return base::dump_json(json) + "\n";
}

Result<ExitCode> run_list(const ListFlags& flags, CommandContext& context) {
  TRY_ASSIGN(const auto reader, store::Reader::open(flags.path));
  TRY_ASSIGN(const std::vector<TrialSummary> trials, reader->trials());
  if (flags.json) {
    for (const TrialSummary& trial : trials) context.out.write(json_of(trial));
    return ExitCode::kDone;
  }
  std::vector<Cells> rows{{"trial", "turns", "end", "onset", "period", "labels", "opening", "participants"}};
  for (const TrialSummary& trial : trials) rows.push_back(cells_of(trial));
  context.out.write(table(rows));
  return ExitCode::kDone;
}

}  // namespace

void add_list(Command root, CommandContext& context) {
  auto flags = std::make_shared<ListFlags>();
  Command command =
      root.add_command(context,
                       {"list", "The conversations of a recording: how they ended, what was found",
                        "duologue list convergence.duo"},
                       [flags, &context] { return run_list(*flags, context); });
  command.argument("FILE", flags->path, "the recording");
  command.flag("--json", flags->json, "JSON Lines, one a conversation");
}

}  // namespace duologue::cli
