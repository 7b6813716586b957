#include "cli/detect.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/describe.h"
#include "cli/logs.h"
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
  bool json = false;
};

// What was found, in order.
std::vector<Detection> detections_of(const MeasuredLog& measured) {
  std::vector<Detection> all;
  for (const measure::Findings& turn : measured.turns)
    all.insert(all.end(), turn.detections.begin(), turn.detections.end());
  return all;
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

std::string json_line(const MeasuredLog& measured) {
  Json json = Json::object();
  store::put_text(json, "id", measured.log.id);
  json["turns"] = measured.log.turns.size();
  json["converged"] = nullptr;
  json["detections"] = Json::array();
  for (const Detection& detection : detections_of(measured)) {
    if (detection.label != "converged") {
      json["detections"].push_back(json_of(detection));
    } else if (json["converged"].is_null()) {
      json["converged"] = json_of(detection);
      json["converged"]["kind"] = detection.kind;
    }
  }
  return base::dump_json(json) + "\n";
}

std::vector<std::string> cells_of(const MeasuredLog& measured) {
  const std::vector<Detection> all = detections_of(measured);
  const Detection* converged = nullptr;
  std::string labels;
  for (const Detection& detection : all) {
    if (detection.label == "converged") {
      if (converged == nullptr) converged = &detection;
      continue;
    }
    labels += fmt::format("{}{}@{}", labels.empty() ? "" : " ", safe_line(detection.label), detection.onset);
  }
  std::vector<std::string> cells{safe_line(measured.log.id, 40),
                                 fmt::format("{}", measured.log.turns.size())};
  if (converged == nullptr) {
    cells.insert(cells.end(), {"-", "-", "-", "-"});
  } else {
    cells.push_back(fmt::format("{}", converged->onset));
    cells.push_back(fmt::format("{}", converged->detected_at));
    cells.push_back(safe_line(converged->kind));
    cells.push_back(converged->period ? fmt::format("{}", *converged->period) : "-");
  }
  cells.push_back(labels.empty() ? "-" : labels);
  return cells;
}

base::Result<ExitCode> run_detect(const DetectFlags& flags, CommandContext& context) {
  std::vector<std::vector<std::string>> rows{
      {"conversation", "turns", "onset", "seen at", "kind", "period", "labels"}};
  const base::Status done =
      measure_files(flags.logs, false, context, [&](MeasuredLog&& measured) -> base::Status {
        if (flags.json) {
          context.out.write(json_line(measured));
        } else {
          rows.push_back(cells_of(measured));
        }
        return {};
      });
  if (!flags.json && rows.size() > 1) context.out.write(table(rows));
  if (!done) return std::unexpected(done.error());
  return ExitCode::kDone;
}

}  // namespace

void add_detect(Command root, CommandContext& context) {
  auto flags = std::make_shared<DetectFlags>();
  Command command = root.add_command(
      context,
      {"detect", "What happened in conversations: settled or not, where, how, which labels, with evidence",
       "duologue detect a.duo\n"
       "  duologue detect logs/*.json --json"},
      [flags, &context] { return run_detect(*flags, context); });
  add_log_flags(command, flags->logs);
  command.flag("--json", flags->json, "JSON Lines, one a conversation");
}

}  // namespace duologue::cli
