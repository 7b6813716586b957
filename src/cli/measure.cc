#include "cli/measure.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/nearest.h"
#include "cli/describe.h"
#include "cli/logs.h"
#include "cli/table.h"
#include "cli/terminal/safe_text.h"
#include "measure/registry.h"
#include "store/json_text.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using experiment::MeasuredLog;

struct MeasureFlags {
  LogFlags logs;
  std::string series;
  bool json = false;
  bool csv = false;
  bool list = false;
};

// What a person sees at first: the rest by --series, --json or --csv.
constexpr std::string_view kFirstSeries = "tokens,d_jac1,d_jac2,d_frame,nov4,rel_length,period";
constexpr std::string_view kFirstEmbedded = ",d_cos1,d_cos2";  // where there is an embedder, these too

using Names = std::vector<std::string_view>;

base::Result<Names> series_from(std::string_view list) {
  Names names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view word = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const auto found = std::ranges::find(measure::kSeries, word, &measure::SeriesInfo::name);
    if (found == measure::kSeries.end()) {
      std::vector<std::string> known;
      known.reserve(measure::kSeries.size());
      for (const measure::SeriesInfo& info : measure::kSeries) known.emplace_back(info.name);
      return fail(ErrorKind::kUsage,
                  fmt::format("measure: there is no series '{}'{}; `duologue measure --list` "
                              "names them all",
                              word, base::did_you_mean(std::string(word), known)));
    }
    names.push_back(found->name);
  }
  return names;
}

// Whole numbers as such; others to four digits.
std::string number_text(double value) {
  return value == std::floor(value) && std::abs(value) < 1e9 ? fmt::format("{:.0f}", value)
                                                             : fmt::format("{:.4g}", value);
}

std::string value_text(const measure::Findings& turn, std::string_view name) {
  const std::optional<double> value = measure::value_of(turn, name);
  return value ? number_text(*value) : "";
}

void write_json(const MeasuredLog& measured, const Names& names, Output& out) {
  for (std::size_t i = 0; i < measured.turns.size(); ++i) {
    Json json = Json::object();
    store::put_text(json, "conversation", measured.log.id);
    json["turn"] = i + 1;
    store::put_text(json, "speaker", speaker_name(measured.log, measured.log.turns[i]));
    json["measured"] = measured.log.turns[i].author.kind == chat::AuthorKind::kModel;
    Json metrics = Json::object();
    for (const std::string_view name : names) {
      const std::optional<double> value = measure::value_of(measured.turns[i], name);
      metrics[std::string(name)] = value ? Json(*value) : Json(nullptr);
    }
    json["metrics"] = std::move(metrics);
    out.write(base::dump_json(json) + "\n");
  }
}

// RFC 4180: what holds a comma, a quote or a line's end stands in quotes.
std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_head(const Names& names) {
  std::string line = "conversation,turn,speaker,measured";
  for (const std::string_view name : names) line += fmt::format(",{}", name);
  return line + "\n";
}

void write_csv(const MeasuredLog& measured, const Names& names, Output& out) {
  for (std::size_t i = 0; i < measured.turns.size(); ++i) {
    const chat::Turn& turn = measured.log.turns[i];
    std::string line = fmt::format("{},{},{},{}", csv_cell(measured.log.id), i + 1,
                                   csv_cell(speaker_name(measured.log, turn)),
                                   turn.author.kind == chat::AuthorKind::kModel ? 1 : 0);
    for (const std::string_view name : names) {
      const std::optional<double> value = measure::value_of(measured.turns[i], name);
      line += value ? fmt::format(",{}", *value) : ",";
    }
    out.write(line + "\n");
  }
}

void write_table(const MeasuredLog& measured, const Names& names, Output& out) {
  std::vector<std::vector<std::string>> rows{{"turn", "speaker"}};
  for (const std::string_view name : names) rows[0].emplace_back(name);
  rows[0].emplace_back("found");
  for (std::size_t i = 0; i < measured.turns.size(); ++i) {
    const measure::Findings& turn = measured.turns[i];
    std::vector<std::string> cells{fmt::format("{}", i + 1),
                                   safe_line(speaker_name(measured.log, measured.log.turns[i]), 20)};
    for (const std::string_view name : names) {
      const std::string text = value_text(turn, name);
      cells.push_back(text.empty() ? "-" : text);
    }
    std::string found;
    for (const measure::Detection& detection : turn.detections)
      found += (found.empty() ? "" : "; ") + describe(detection);
    cells.push_back(found);
    rows.push_back(std::move(cells));
  }
  out.write(safe_line(measured.log.id) + "\n" + table(rows) + "\n");
}

base::Result<ExitCode> list_series(CommandContext& context) {
  std::vector<std::vector<std::string>> rows{{"series", "unit", "range", "what it is"}};
  for (const measure::SeriesInfo& info : measure::kSeries)
    rows.push_back(
        {std::string(info.name), std::string(info.unit), std::string(info.range), std::string(info.what)});
  context.out.write(table(rows));
  return ExitCode::kDone;
}

base::Result<ExitCode> run_measure(const MeasureFlags& flags, CommandContext& context) {
  if (flags.list) return list_series(context);
  if (flags.json && flags.csv) return fail(ErrorKind::kUsage, "measure: give --json or --csv, not both");
  Names names;
  if (!flags.series.empty() || (!flags.json && !flags.csv)) {
    std::string list = flags.series;
    if (list.empty()) list = kFirstSeries;
    if (flags.series.empty() && !flags.logs.embedder.empty()) list += kFirstEmbedded;
    TRY_ASSIGN(names, series_from(list));
  } else {
    for (const measure::SeriesInfo& info : measure::kSeries) names.push_back(info.name);
  }
  if (!flags.series.empty()) TRY(check_embedder("measure", names, flags.logs));
  experiment::MeasureOptions options;
  options.all_series = true;
  TRY_ASSIGN(options.embedder, embedder_of(flags.logs, context));
  options.sentences = std::ranges::any_of(names, measure::needs_sentences);
  if (flags.csv) context.out.write(csv_head(names));
  const base::Status done =
      measure_files(flags.logs, options, context, [&](MeasuredLog&& measured) -> base::Status {
        if (flags.json) {
          write_json(measured, names, context.out);
        } else if (flags.csv) {
          write_csv(measured, names, context.out);
        } else {
          write_table(measured, names, context.out);
        }
        if (context.out.closed()) return fail(ErrorKind::kCancelled, "nobody reads");
        return {};
      });
  if (context.out.closed()) return ExitCode::kDone;
  if (!done) return std::unexpected(done.error());
  return ExitCode::kDone;
}

}  // namespace

void add_measure(Command root, CommandContext& context) {
  auto flags = std::make_shared<MeasureFlags>();
  Command command = root.add_command(context,
                                     {"measure", "Every series of every turn, as a table, CSV or JSON",
                                      "duologue measure a.duo\n"
                                      "  duologue measure logs/*.jsonl --csv > series.csv\n"
                                      "  duologue measure a.duo --series d_jac2,d_bleu2,zm\n"
                                      "  duologue measure a.duo --embedder minilm"},
                                     [flags, &context] { return run_measure(*flags, context); });
  add_log_flags(command, flags->logs);
  command.option("--series", flags->series, "NAME,NAME…: these only (--list names them)");
  command.flag("--json", flags->json, "JSON Lines, one a turn");
  command.flag("--csv", flags->csv, "CSV, one row a turn; an empty cell is null");
  command.flag("--list", flags->list, "what the series are, instead");
}

}  // namespace duologue::cli
