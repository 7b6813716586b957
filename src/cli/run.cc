#include "cli/run.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/dry_run.h"
#include "cli/loading.h"
#include "cli/number.h"
#include "cli/recording.h"
#include "cli/run_trials.h"
#include "cli/terminal/safe_text.h"
#include "cli/user_configuration.h"
#include "experiment/runner.h"
#include "experiment/session.h"
#include "experiment/spec_yaml.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using experiment::ExperimentSpec;

struct RunFlags {
  std::string spec;
  std::string output;
  std::uint32_t jobs = kDefaultJobs;
  bool dry_run = false;
  bool print_schema = false;
  bool plain = false;
  bool json = false;
  bool yes = false;
  std::string budget_usd;
  WireFlags wire;
  std::string shard;  // known to duologue, but not to this version
};

Result<ExitCode> run_spec(const RunFlags& flags, CommandContext& context) {
  if (flags.print_schema) {
    context.out.write(experiment::spec_schema());
    return ExitCode::kDone;
  }
  if (!flags.shard.empty()) return fail(ErrorKind::kUsage, "run: --shard is not in this version yet");
  if (flags.spec.empty()) return fail(ErrorKind::kUsage, "run: which experiment? `duologue run SPEC.yaml`");
  if (flags.jobs < 1 || flags.jobs > experiment::kMaxJobs) {
    return fail(ErrorKind::kUsage, fmt::format("run: --jobs must lie in 1..{}", experiment::kMaxJobs));
  }
  TRY(user_configuration());
  TRY_ASSIGN(ExperimentSpec spec, experiment::read_spec(flags.spec));
  if (!flags.budget_usd.empty()) {
    const std::optional<double> usd = real_from(flags.budget_usd);
    if (!usd || *usd <= 0) {
      return fail(ErrorKind::kUsage,
                  fmt::format("run: --budget-usd '{}' is not a number of dollars", flags.budget_usd));
    }
    spec.budget.usd = *usd;
  }
  if (flags.dry_run) return dry_run(spec, flags.json, context);

  const ShowOptions show{flags.plain, flags.json};
  Output& words = words_to(context, show);
  std::string path = flags.output;
  if (path.empty()) {
    TRY_ASSIGN(path, new_recording(spec.name, words));
  }
  TRY(experiment::check_new_file(path));
  words.write("recording to " + safe_line(path) + "\n");
  Signals signals;
  TRY_ASSIGN(experiment::PoolOptions pool, pool_options(context, show, flags.yes, signals));
  TRY(set_wire(flags.wire, pool));
  const std::uint64_t trials = experiment::trial_count(spec);
  pool.conversations = static_cast<std::uint32_t>(std::min<std::uint64_t>(flags.jobs, trials));
  TRY_ASSIGN(experiment::ModelPool models, experiment::ModelPool::open(spec, pool));
  const std::string_view level = model::to_string(models.determinism());
  const std::uint32_t at_once = pool.conversations;
  pool = {};  // the progress of loading leaves the terminal
  words.print("{}, {} at once, seed {}, determinism {}\n", size_line(spec), at_once, spec.seed, level);
  words.flush();
  TRY_ASSIGN(const auto session, experiment::Session::create(path, std::move(spec), std::move(models)));
  return run_trials(*session, flags.jobs, show, signals, context);
}

}  // namespace

void add_run(Command root, CommandContext& context) {
  auto flags = std::make_shared<RunFlags>();
  Command command = root.add_command(context,
                                     {"run", "An experiment from a file: openings × repeats, many at once",
                                      "duologue run examples/convergence.yaml --jobs 8 -o convergence.duo"},
                                     [flags, &context] { return run_spec(*flags, context); });
  command.optional_argument("SPEC", flags->spec, "the experiment, YAML or JSON (docs/spec.md)");
  command.option("-o,--output", flags->output,
                 "the recording; default: in the data folder, by name and time");
  command.option("--jobs,-j", flags->jobs, "conversations at once");
  command.option("--budget-usd", flags->budget_usd,
                 "N dollars for all conversations, in place of the spec's budget");
  command.flag("--dry-run", flags->dry_run, "say what would be run, and run nothing");
  command.flag("--print-schema", flags->print_schema, "print the JSON Schema of SPEC");
  add_wire_flags(command, flags->wire);
  command.flag("--plain", flags->plain, "a line for each trial, no progress bar");
  command.flag("--json", flags->json, "what it came to as one JSON object on standard output");
  command.flag("--yes", flags->yes, "ask nothing, e.g. before a model is fetched");
  command.hidden_option("--shard", flags->shard);
}

}  // namespace duologue::cli
