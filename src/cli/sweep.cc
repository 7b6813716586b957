#include "cli/sweep.h"

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
#include "cli/logs.h"
#include "cli/number.h"
#include "cli/table.h"
#include "experiment/sweep.h"
#include "measure/registry.h"
#include "measure/statistics/rates.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using experiment::MeasuredLog;
using experiment::Sweep;

constexpr std::size_t kMostThresholds = 1'000;
constexpr std::uint32_t kMostHold = 1'000;

struct SweepFlags {
  LogFlags logs;
  std::string metric = "nearest";
  std::string thresholds = "0.1:0.9:0.1";
  std::string hold = "1,3,5";
  std::string labels;
  bool above = false;
  bool csv = false;
  bool json = false;
};

base::Result<double> number_from(std::string_view word, std::string_view flag) {
  const std::optional<double> value = real_from(word);
  if (!value) return fail(ErrorKind::kUsage, fmt::format("sweep: {}: '{}' is no number", flag, word));
  return *value;
}

std::vector<std::string_view> parts_of(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// FROM:TO:STEP, both ends included.
base::Result<std::vector<double>> thresholds_from(std::string_view text) {
  const auto parts = parts_of(text, ':');
  if (parts.size() != 3)
    return fail(ErrorKind::kUsage, "sweep: --thresholds takes FROM:TO:STEP, for example 0.1:0.9:0.1");
  TRY_ASSIGN(const double from, number_from(parts[0], "--thresholds"));
  TRY_ASSIGN(const double to, number_from(parts[1], "--thresholds"));
  TRY_ASSIGN(const double step, number_from(parts[2], "--thresholds"));
  if (step <= 0 || to < from || (to - from) / step >= static_cast<double>(kMostThresholds)) {
    return fail(ErrorKind::kUsage,
                fmt::format("sweep: --thresholds {} must rise by a step above 0, {} steps at most", text,
                            kMostThresholds));
  }
  std::vector<double> thresholds;
  const auto count = static_cast<std::size_t>(std::floor((to - from) / step + 1e-9));
  for (std::size_t i = 0; i <= count; ++i) thresholds.push_back(from + static_cast<double>(i) * step);
  return thresholds;
}

base::Result<std::vector<std::uint32_t>> holds_from(std::string_view text) {
  std::vector<std::uint32_t> holds;
  for (const std::string_view word : parts_of(text, ',')) {
    const std::optional<std::uint32_t> hold = count_from(word);
    if (!hold || *hold == 0 || *hold > kMostHold) {
      return fail(
          ErrorKind::kUsage,
          fmt::format("sweep: --hold takes turns from 1 to {}, with commas: not '{}'", kMostHold, word));
    }
    holds.push_back(*hold);
  }
  return holds;
}

base::Status check_metric(const std::string& metric) {
  if (metric == "nearest") return {};
  std::vector<std::string> known{"nearest"};
  for (const measure::SeriesInfo& info : measure::kSeries) {
    if (info.name == metric) return {};
    known.emplace_back(info.name);
  }
  return fail(ErrorKind::kUsage,
              fmt::format("sweep: there is no series '{}'{}; `duologue measure --list` names "
                          "them all, and `nearest` is the least of d_jac1 to d_jac6",
                          metric, base::did_you_mean(metric, known)));
}

// `nearest` is no series of its own: the least of the lag spectrum.
std::optional<double> swept_value(const measure::Findings& turn, std::string_view metric) {
  if (metric != "nearest") return measure::value_of(turn, metric);
  std::optional<double> least;
  for (const measure::Measurement& one : turn.measurements) {
    if (one.metric.starts_with("d_jac") && one.value && (!least || *one.value < *least)) least = one.value;
  }
  return least;
}

void add_conversation(Sweep& sweep, const MeasuredLog& measured, std::string_view metric) {
  std::vector<std::optional<double>> values;
  for (std::size_t i = 0; i < measured.turns.size(); ++i) {
    if (measured.log.turns[i].author.kind == chat::AuthorKind::kModel)
      values.push_back(swept_value(measured.turns[i], metric));
  }
  sweep.add(measured.log.id, values);
}

std::string percent(const measure::Proportion& proportion) {
  const auto rate = proportion.rate();
  const auto interval = measure::wilson_interval(proportion);
  if (!rate || !interval) return "-";
  return fmt::format("{:.0f} % [{:.0f}..{:.0f}]", *rate * 100, interval->low * 100, interval->high * 100);
}

struct Surface {
  const Sweep& sweep;
  const std::vector<double>& thresholds;
  const std::vector<std::uint32_t>& holds;
  const experiment::Verdicts* verdicts;
};

using Part = measure::Proportion Sweep::Cell::*;

std::string table_of(const Surface& surface, std::string_view title, Part part) {
  std::vector<std::vector<std::string>> rows{{"threshold"}};
  for (const std::uint32_t hold : surface.holds) rows[0].push_back(fmt::format("hold {}", hold));
  for (const double threshold : surface.thresholds) {
    std::vector<std::string> row{fmt::format("{:.4g}", threshold)};
    for (std::size_t i = 0; i < surface.holds.size(); ++i)
      row.push_back(percent(surface.sweep.cell(threshold, i, surface.verdicts).*part));
    rows.push_back(std::move(row));
  }
  return fmt::format("{}\n{}\n", title, table(rows));
}

void write_tables(const Surface& surface, const SweepFlags& flags, Output& out) {
  out.print(
      "{} conversations; {} {} the threshold in so many measured turns in a row; Wilson intervals, 95 %\n\n",
      surface.sweep.conversations(), flags.metric, flags.above ? "above" : "below");
  out.write(table_of(surface, "flagged, of all", &Sweep::Cell::flagged));
  if (surface.verdicts == nullptr) return;
  out.write(table_of(surface, "false positives: flagged, of those labelled none or drift",
                     &Sweep::Cell::false_positives));
  out.write(table_of(surface, "false negatives: not flagged, of those labelled converged",
                     &Sweep::Cell::false_negatives));
}

struct Column {
  std::string_view name;
  Part part;
};
constexpr Column kFlagged{"flagged", &Sweep::Cell::flagged};
constexpr Column kFalsePositives{"false_positives", &Sweep::Cell::false_positives};
constexpr Column kFalseNegatives{"false_negatives", &Sweep::Cell::false_negatives};

std::vector<Column> columns_of(const Surface& surface) {
  if (surface.verdicts == nullptr) return {kFlagged};
  return {kFlagged, kFalsePositives, kFalseNegatives};
}

void write_csv(const Surface& surface, const SweepFlags& flags, Output& out) {
  std::string line = "metric,side,threshold,hold";
  for (const Column& column : columns_of(surface))
    line += fmt::format(",{0},{0}_of,{0}_low,{0}_high", column.name);
  out.write(line + "\n");
  for (const double threshold : surface.thresholds) {
    for (std::size_t i = 0; i < surface.holds.size(); ++i) {
      line = fmt::format("{},{},{:.6g},{}", flags.metric, flags.above ? "above" : "below", threshold,
                         surface.holds[i]);
      const Sweep::Cell cell = surface.sweep.cell(threshold, i, surface.verdicts);
      for (const Column& column : columns_of(surface)) {
        const measure::Proportion& part = cell.*column.part;
        const auto interval = measure::wilson_interval(part);
        line += fmt::format(",{},{},", part.successes(), part.trials());
        line += interval ? fmt::format("{:.6f},{:.6f}", interval->low, interval->high) : ",";
      }
      out.write(line + "\n");
    }
  }
}

void write_json(const Surface& surface, const SweepFlags& flags, Output& out) {
  for (const double threshold : surface.thresholds) {
    for (std::size_t i = 0; i < surface.holds.size(); ++i) {
      Json json = Json::object();
      json["metric"] = flags.metric;
      json["side"] = flags.above ? "above" : "below";
      json["threshold"] = threshold;
      json["hold"] = surface.holds[i];
      const Sweep::Cell cell = surface.sweep.cell(threshold, i, surface.verdicts);
      for (const Column& column : columns_of(surface)) {
        const measure::Proportion& part = cell.*column.part;
        const auto interval = measure::wilson_interval(part);
        Json one{{"count", part.successes()}, {"of", part.trials()}, {"interval", nullptr}};
        if (interval) one["interval"] = {interval->low, interval->high};
        json[std::string(column.name)] = std::move(one);
      }
      out.write(base::dump_json(json) + "\n");
    }
  }
}

base::Result<ExitCode> run_sweep(const SweepFlags& flags, CommandContext& context) {
  if (flags.json && flags.csv) return fail(ErrorKind::kUsage, "sweep: give --json or --csv, not both");
  TRY(check_metric(flags.metric));
  TRY(check_embedder("sweep", std::array{std::string_view(flags.metric)}, flags.logs));
  TRY_ASSIGN(const std::vector<double> thresholds, thresholds_from(flags.thresholds));
  TRY_ASSIGN(const std::vector<std::uint32_t> holds, holds_from(flags.hold));
  std::optional<experiment::Verdicts> verdicts;
  if (!flags.labels.empty()) {
    TRY_ASSIGN(verdicts, experiment::read_verdicts(flags.labels));
  }
  Sweep sweep(holds, flags.above);
  std::size_t known = 0;
  experiment::MeasureOptions options;
  options.all_series = true;
  TRY_ASSIGN(options.embedder, embedder_of(flags.logs, context));
  options.sentences = measure::needs_sentences(flags.metric);
  TRY(measure_files(flags.logs, options, context, [&](MeasuredLog&& measured) -> base::Status {
    add_conversation(sweep, measured, flags.metric);
    known += verdicts && verdicts->contains(measured.log.id) ? 1 : 0;
    return {};
  }));
  if (verdicts && known == 0) {
    return fail(
        ErrorKind::kUsage,
        fmt::format("sweep: {} names none of these conversations: its ids must be theirs", flags.labels));
  }
  const Surface surface{sweep, thresholds, holds, verdicts ? &*verdicts : nullptr};
  if (flags.json) {
    write_json(surface, flags, context.out);
  } else if (flags.csv) {
    write_csv(surface, flags, context.out);
  } else {
    write_tables(surface, flags, context.out);
  }
  return ExitCode::kDone;
}

}  // namespace

void add_sweep(Command root, CommandContext& context) {
  auto flags = std::make_shared<SweepFlags>();
  Command command = root.add_command(
      context,
      {"sweep", "How many conversations a series flags, for every threshold and hold, against labels too",
       "duologue sweep logs/*.json --metric nearest --thresholds 0.1:0.9:0.1 --hold 1,3,5\n"
       "  duologue sweep logs/*.json --metric nov4 --labels labels.tsv --csv > surface.csv"},
      [flags, &context] { return run_sweep(*flags, context); });
  add_log_flags(command, flags->logs);
  command.option("--metric", flags->metric,
                 "a series (`measure --list`), or nearest: the least of d_jac1 to d_jac6");
  command.option("--thresholds", flags->thresholds, "FROM:TO:STEP");
  command.option("--hold", flags->hold, "turns in a row, with commas");
  command.option("--labels", flags->labels, "a table with the columns id and state (converged, drift, none)");
  command.flag("--above", flags->above, "values above the threshold count, not those below");
  command.flag("--csv", flags->csv, "CSV, one row a threshold and hold");
  command.flag("--json", flags->json, "JSON Lines, one a threshold and hold");
}

}  // namespace duologue::cli
