#include "cli/export.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/nearest.h"
#include "cli/target.h"
#include "store/export/exporter.h"
#include "store/reader.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct ExportFlags {
  std::string target;
  std::string format = "jsonl";
  std::string side;
};

Result<store::ExportFormat> format_from(const ExportFlags& flags) {
  const auto format = store::export_format_from(flags.format);
  if (!format) {
    return fail(ErrorKind::kUsage,
                fmt::format("export: unknown format '{}'{}", flags.format,
                            base::did_you_mean(flags.format, store::export_format_words())));
  }
  const bool has_roles =
      *format == store::ExportFormat::kShareGpt || *format == store::ExportFormat::kInspect;
  if (!flags.side.empty() && !has_roles) {
    return fail(ErrorKind::kUsage,
                fmt::format("export: --side is for sharegpt and inspect, whose roles tell one "
                            "side; {} names everybody",
                            flags.format));
  }
  return *format;
}

Result<std::vector<std::uint32_t>> trials_of(store::Reader& reader, const Target& target) {
  std::vector<std::uint32_t> trials;
  if (target.trial) {
    trials.push_back(*target.trial);
  } else {
    TRY_ASSIGN(const auto all, reader.trials());
    for (const store::TrialSummary& trial : all) trials.push_back(trial.row.id);
  }
  return trials;
}

Result<ExitCode> run_export(const ExportFlags& flags, CommandContext& context) {
  TRY_ASSIGN(const store::ExportFormat format, format_from(flags));
  const Target target = target_from(flags.target);
  TRY_ASSIGN(const auto reader, store::Reader::open(target.path));
  TRY_ASSIGN(const store::FileInfo file, reader->file_info());
  const auto write = [&context](std::string_view text) -> base::Status {
    context.out.write(text);
    return context.out.closed() ? base::Status(fail(ErrorKind::kCancelled, "nobody reads")) : base::Status();
  };
  TRY_ASSIGN(const auto trials, trials_of(*reader, target));
  const auto exporter = store::make_exporter(format, file, write, {.side = flags.side});
  // A damaged conversation doesn't keep the others from being read; its error is told at the end.
  base::Status first_failure;
  for (const std::uint32_t trial : trials) {
    const base::Status done = store::export_trial(*reader, trial, *exporter);
    if (context.out.closed()) return ExitCode::kDone;
    if (!done && first_failure) first_failure = done;
  }
  const base::Status finished = exporter->finish();
  if (context.out.closed()) return ExitCode::kDone;
  TRY(finished);
  if (!first_failure) return std::unexpected(first_failure.error());
  return ExitCode::kDone;
}

}  // namespace

void add_export(Command root, CommandContext& context) {
  auto flags = std::make_shared<ExportFlags>();
  Command command =
      root.add_command(context,
                       {"export", "A recording for other tools: JSON Lines, CSV, ShareGPT, Inspect, Markdown",
                        "duologue export a.duo --format jsonl > a.jsonl\n"
                        "  duologue export a.duo:2 --format inspect --side B > a.json"},
                       [flags, &context] { return run_export(*flags, context); });
  command.argument("FILE", flags->target, "the recording, or FILE.duo:TRIAL");
  command.option("--format", flags->format,
                 "jsonl: one line a turn, with everything; csv, sharegpt, inspect (a .json log), markdown");
  command.option("--side", flags->side, "NAME: whose words are the assistant's (sharegpt, inspect)");
}

}  // namespace duologue::cli
