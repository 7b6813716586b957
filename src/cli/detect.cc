#include "cli/detect.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/describe.h"
#include "cli/logs.h"
#include "cli/roles.h"
#include "cli/table.h"
#include "cli/terminal/safe_text.h"
#include "measure/instrument.h"
#include "store/json_text.h"

namespace duologue::cli {
namespace {

using base::Json;
using experiment::MeasuredLog;
using measure::Detection;

struct DetectFlags {
  LogFlags logs;
  std::vector<std::string> roles;
  bool json = false;
};

// What was found in one conversation, in order.
struct Found {
  std::optional<Detection> converged;  // the first time
  std::optional<Detection> drift;      // likewise
  std::vector<Detection> labels;
  std::size_t measured = 0;  // turns that models spoke
  std::size_t drifting = 0;  // of these
};

Found found_in(const MeasuredLog& measured) {
  Found found;
  for (std::size_t i = 0; i < measured.turns.size(); ++i) {
    const bool is_measured = measured.log.turns[i].author.kind == chat::AuthorKind::kModel;
    found.measured += is_measured ? 1 : 0;
    found.drifting += measured.turns[i].drifting ? 1 : 0;
    for (const Detection& detection : measured.turns[i].detections) {
      if (detection.label == "converged") {
        if (!found.converged) found.converged = detection;
      } else if (detection.label == "drift") {
        if (!found.drift) found.drift = detection;
      } else {
        found.labels.push_back(detection);
      }
    }
  }
  return found;
}

Json json_of(const Detection& detection) {
  Json json = Json::object();
  json["label"] = detection.label;
  json["onset"] = detection.onset;
  json["detected_at"] = detection.detected_at;
  json["by"] = detection.by;
  json["period"] = detection.period ? Json(*detection.period) : Json(nullptr);
  json["quote_turn"] = detection.quote_turn;
  store::put_text(json, "quote", detection.quote);
  return json;
}

Json drift_json(const Found& found) {
  Json json = found.drift ? json_of(*found.drift) : Json{{"label", "drift"}, {"onset", nullptr}};
  json["flagged_turns"] = found.drifting;
  json["measured_turns"] = found.measured;
  return json;
}

std::string json_line(const MeasuredLog& measured, const Json& instrument,
                      const std::vector<measure::RoleCompliance>& roles) {
  const Found found = found_in(measured);
  Json json = Json::object();
  store::put_text(json, "id", measured.log.id);
  json["turns"] = measured.log.turns.size();
  json["instrument"] = instrument;
  json["converged"] = nullptr;
  if (found.converged) {
    json["converged"] = json_of(*found.converged);
    json["converged"]["kind"] = found.converged->kind;
  }
  json["drift"] = drift_json(found);
  json["detections"] = Json::array();
  for (const Detection& detection : found.labels) json["detections"].push_back(json_of(detection));
  if (!roles.empty()) json["roles"] = roles_json(roles, measured);
  return base::dump_json(json) + "\n";
}

// Where drift begins, and the share of the turns that are flagged: "24 (31 %)".
std::string drift_cell(const Found& found) {
  if (found.measured == 0) return "-";
  const std::size_t percent = (100 * found.drifting + found.measured / 2) / found.measured;
  return fmt::format("{} ({} %)", found.drift ? fmt::format("{}", found.drift->onset) : "-", percent);
}

std::vector<std::string> cells_of(const MeasuredLog& measured) {
  const Found found = found_in(measured);
  std::vector<std::string> cells{safe_line(measured.log.id, 40),
                                 fmt::format("{}", measured.log.turns.size())};
  if (!found.converged) {
    cells.insert(cells.end(), {"-", "-", "-", "-"});
  } else {
    cells.push_back(fmt::format("{}", found.converged->onset));
    cells.push_back(fmt::format("{}", found.converged->detected_at));
    cells.push_back(safe_line(found.converged->kind));
    cells.push_back(found.converged->period ? fmt::format("{}", *found.converged->period) : "-");
  }
  cells.push_back(drift_cell(found));
  std::string labels;
  for (const Detection& detection : found.labels)
    labels += fmt::format("{}{}@{}", labels.empty() ? "" : " ", safe_line(detection.label), detection.onset);
  cells.push_back(labels.empty() ? "-" : labels);
  return cells;
}

base::Result<ExitCode> run_detect(const DetectFlags& flags, CommandContext& context) {
  std::vector<std::vector<std::string>> rows{
      {"conversation", "turns", "onset", "seen at", "kind", "period", "drift", "labels"}};
  std::vector<std::vector<std::string>> of_roles{role_head()};
  TRY_ASSIGN(std::vector<NamedRole> roles, roles_from(flags.roles));
  experiment::MeasureOptions options;
  TRY_ASSIGN(options.embedder, embedder_of(flags.logs, context));
  const Json instrument =
      measure::Instrument::verdict_identity(options.embedder ? &options.embedder->info() : nullptr);
  const base::Status done =
      measure_files(flags.logs, options, context, [&](MeasuredLog&& measured) -> base::Status {
        const std::vector<measure::RoleCompliance> judged = judge(roles, measured);
        if (flags.json) {
          context.out.write(json_line(measured, instrument, judged));
        } else {
          rows.push_back(cells_of(measured));
          std::ranges::move(role_rows(judged, measured), std::back_inserter(of_roles));
        }
        return {};
      });
  if (!flags.json && rows.size() > 1) context.out.write(table(rows));
  if (of_roles.size() > 1) context.out.write("\n" + table(of_roles));
  if (!done) return std::unexpected(done.error());
  TRY(check_seen(roles));
  return ExitCode::kDone;
}

}  // namespace

void add_detect(Command root, CommandContext& context) {
  auto flags = std::make_shared<DetectFlags>();
  Command command = root.add_command(
      context,
      {"detect", "What happened in conversations: settled or not, where, how, which labels, with evidence",
       "duologue detect a.duo\n"
       "  duologue detect logs/*.json --json\n"
       "  duologue detect a.duo --role A=never_writes_code --role B=writes_code"},
      [flags, &context] { return run_detect(*flags, context); });
  add_log_flags(command, flags->logs);
  command.options(
      "--role", flags->roles,
      "NAME=ROLE: counts the turns that keep it (writes_code, never_writes_code, asks, never_asks, "
      "in_character)");
  command.flag("--json", flags->json, "JSON Lines, one a conversation");
}

}  // namespace duologue::cli
