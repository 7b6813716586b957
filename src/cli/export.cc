#include "cli/export.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/nearest.h"
#include "cli/target.h"
#include "store/export_jsonl.h"
#include "store/reader.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct ExportFlags {
  std::string target;
  std::string format = "jsonl";
};

constexpr std::array<std::string_view, 4> kLaterFormats{"csv", "sharegpt", "inspect", "markdown"};

base::Status check_format(const std::string& format) {
  if (format == "jsonl") return {};
  if (std::ranges::find(kLaterFormats, format) != kLaterFormats.end()) {
    return fail(ErrorKind::kUsage,
                fmt::format("export: --format {} is not in this version yet; use jsonl", format));
  }
  std::vector<std::string> known{"jsonl"};
  known.insert(known.end(), kLaterFormats.begin(), kLaterFormats.end());
  return fail(ErrorKind::kUsage,
              fmt::format("export: unknown format '{}'{}", format, base::did_you_mean(format, known)));
}

Result<ExitCode> run_export(const ExportFlags& flags, CommandContext& context) {
  TRY(check_format(flags.format));
  const Target target = target_from(flags.target);
  TRY_ASSIGN(const auto reader, store::Reader::open(target.path));
  std::vector<std::uint32_t> trials;
  if (target.trial) {
    trials.push_back(*target.trial);
  } else {
    TRY_ASSIGN(const auto all, reader->trials());
    for (const store::TrialSummary& trial : all) trials.push_back(trial.row.id);
  }
  // A damaged conversation doesn't keep the others from being read; its error is told at the end.
  base::Status first_failure;
  for (const std::uint32_t trial : trials) {
    const base::Status done =
        store::export_jsonl(*reader, trial, {}, [&](std::string_view line) -> base::Status {
          context.out.write(line);
          return context.out.closed() ? base::Status(fail(ErrorKind::kCancelled, "nobody reads"))
                                      : base::Status();
        });
    if (context.out.closed()) return ExitCode::kDone;
    if (!done && first_failure) first_failure = done;
  }
  if (!first_failure) return std::unexpected(first_failure.error());
  return ExitCode::kDone;
}

}  // namespace

void add_export(Command root, CommandContext& context) {
  auto flags = std::make_shared<ExportFlags>();
  Command command = root.add_command(context,
                                     {"export", "A recording for other tools, as JSON Lines",
                                      "duologue export a.duo --format jsonl > a.jsonl"},
                                     [flags, &context] { return run_export(*flags, context); });
  command.argument("FILE", flags->target, "the recording, or FILE.duo:TRIAL");
  command.option("--format", flags->format, "jsonl: one line a turn");
}

}  // namespace duologue::cli
