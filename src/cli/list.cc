#include "cli/list.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/describe.h"
#include "cli/table.h"
#include "cli/terminal/safe_text.h"
#include "experiment/spec.h"
#include "store/import/provenance.h"
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

// What it cost, with a plus where some of its calls have no known price.
std::string cost_of(const TrialSummary& trial) {
  if (!trial.cost_usd) return "-";
  return describe_cost(trial.cost_usd, 0) + (trial.unpriced_calls > 0 ? "+" : "");
}

// What only some recordings have.
struct Extras {
  std::optional<experiment::ExperimentSpec> spec;  // of an experiment with arms
  bool cost = false;                               // of any conversation
};

Result<Extras> extras_of(store::Reader& reader, const std::vector<TrialSummary>& trials) {
  Extras extras;
  extras.cost =
      std::ranges::any_of(trials, [](const TrialSummary& trial) { return trial.cost_usd.has_value(); });
  TRY_ASSIGN(const store::FileInfo info, reader.file_info());
  if (!store::imports_of(info).empty()) return extras;
  auto spec = experiment::spec_from_json(info.spec_json);  // one that can't be read is resume's business
  if (spec && !spec->arms.empty()) extras.spec = std::move(*spec);
  return extras;
}

Cells head_cells(const Extras& extras) {
  Cells cells{"trial", "turns", "end", "onset", "period", "labels", "opening", "participants"};
  if (extras.cost) cells.insert(cells.begin() + 3, "cost");
  if (extras.spec) cells.insert(cells.begin() + 1, "arm");
  return cells;
}

Cells cells_of(const TrialSummary& trial, const Extras& extras) {
  const auto& converged = trial.converged;
  std::vector<std::string> participants;
  for (const store::TrialParticipant& seat : trial.row.participants)
    participants.push_back(seat.name + "=" + seat.model);
  Cells cells{fmt::format("{}", trial.row.id),
              fmt::format("{}", trial.turns),
              safe_line(describe(trial.end), 40),
              converged ? fmt::format("{}", converged->onset) : "-",
              converged && converged->period ? fmt::format("{}", *converged->period) : "-",
              trial.labels.empty() ? "-" : safe_line(joined(trial.labels), 40),
              safe_line(trial.row.opening, 30),
              safe_line(joined(participants), 60)};
  if (extras.cost) cells.insert(cells.begin() + 3, cost_of(trial));
  if (extras.spec)
    cells.insert(cells.begin() + 1, safe_line(experiment::arm_name(*extras.spec, trial.row.id), 40));
  return cells;
}

std::string json_of(const TrialSummary& trial, const Extras& extras) {
  Json json = Json::object();
  json["trial"] = trial.row.id;
  json["arm"] = nullptr;
  if (extras.spec) store::put_text(json, "arm", experiment::arm_name(*extras.spec, trial.row.id));
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
  json["cost_usd"] = trial.cost_usd ? Json(*trial.cost_usd) : Json(nullptr);
  json["unpriced_calls"] = trial.unpriced_calls;
  return base::dump_json(json) + "\n";
}

Result<ExitCode> run_list(const ListFlags& flags, CommandContext& context) {
  TRY_ASSIGN(const auto reader, store::Reader::open(flags.path));
  TRY_ASSIGN(const std::vector<TrialSummary> trials, reader->trials());
  TRY_ASSIGN(const Extras extras, extras_of(*reader, trials));
  if (flags.json) {
    for (const TrialSummary& trial : trials) context.out.write(json_of(trial, extras));
    return ExitCode::kDone;
  }
  std::vector<Cells> rows{head_cells(extras)};
  for (const TrialSummary& trial : trials) rows.push_back(cells_of(trial, extras));
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
