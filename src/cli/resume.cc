#include "cli/resume.h"

#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/converse.h"
#include "cli/describe.h"
#include "cli/loading.h"
#include "cli/number.h"
#include "cli/run_trials.h"
#include "cli/summary.h"
#include "cli/terminal/safe_text.h"
#include "cli/user_configuration.h"
#include "experiment/runner.h"
#include "experiment/session.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct ResumeFlags {
  std::string path;
  std::string turns;
  std::uint32_t jobs = kDefaultJobs;
  bool plain = false;
  bool json = false;
  bool yes = false;
  WireFlags wire;
};

// "+100". A bare 100 could mean a new limit as well: it has to be said.
Result<std::uint32_t> more_turns(const std::string& word) {
  if (word.empty()) return 0U;
  const auto number = word.starts_with('+') ? count_from(std::string_view(word).substr(1)) : std::nullopt;
  if (!number || *number == 0) {
    return fail(ErrorKind::kUsage,
                fmt::format("resume: --turns '{}' is not a number of turns to add, such as +100", word));
  }
  return *number;
}

Result<ExitCode> nothing_to_do(const experiment::Session& session, Output& words) {
  const auto& trials = session.trial_states();
  if (trials.size() == 1) {
    words.print("{} has ended ({}).\n", safe_line(session.path()), describe(trials.front().end));
  } else {
    words.print("All {} conversations of {} have ended.\n", trials.size(), safe_line(session.path()));
  }
  if (session.spec().turns > 0)
    words.print("Longer:   {}\n", safe_line(resume_command(session.path(), true)));
  words.print("Read it:  duologue {} {}\n", trials.size() == 1 ? "show" : "list",
              safe_line(shell_word(session.path())));
  return ExitCode::kDone;
}

Result<std::unique_ptr<experiment::Session>> open_session(const ResumeFlags& flags, const ShowOptions& show,
                                                          Signals& signals, CommandContext& context) {
  experiment::ResumeOptions options;
  TRY_ASSIGN(options.more_turns, more_turns(flags.turns));
  TRY_ASSIGN(options.pool, pool_options(context, show, flags.yes, signals));
  options.pool.conversations = flags.jobs;
  TRY(set_wire(flags.wire, options.pool));
  return experiment::Session::resume(flags.path, options);
}

Result<ExitCode> run_resume(const ResumeFlags& flags, CommandContext& context) {
  if (flags.jobs < 1 || flags.jobs > experiment::kMaxJobs) {
    return fail(ErrorKind::kUsage, fmt::format("resume: --jobs must lie in 1..{}", experiment::kMaxJobs));
  }
  TRY(user_configuration());
  const ShowOptions show{flags.plain, flags.json};
  Output& words = words_to(context, show);
  Signals signals;
  TRY_ASSIGN(const auto session, open_session(flags, show, signals, context));
  const auto pending = session->pending();
  if (pending.empty()) return nothing_to_do(*session, words);
  // An experiment's budget counts what all its conversations use, be they one.
  const bool is_experiment =
      session->trial_states().size() > 1 || session->spec().budget != experiment::BudgetSpec{};
  if (is_experiment) return run_trials(*session, flags.jobs, show, signals, context);
  const experiment::TrialState& state = session->trial_states()[pending.front().id - 1];
  words.print("seed {}, determinism {}\n", session->spec().seed,
              model::to_string(session->models().determinism()));
  words.print("going on after turn {}, recording to {}\n\n", state.turns, safe_line(session->path()));
  words.flush();
  return converse(*session, pending.front(), show, signals, context);
}

}  // namespace

void add_resume(Command root, CommandContext& context) {
  auto flags = std::make_shared<ResumeFlags>();
  Command command =
      root.add_command(context,
                       {"resume", "Goes on where a recording stopped, or makes a finished talk longer",
                        "duologue resume a.duo --turns +100"},
                       [flags, &context] { return run_resume(*flags, context); });
  command.argument("FILE", flags->path, "the recording");
  command.option("--turns", flags->turns, "+N: that many turns more");
  command.option("--jobs,-j", flags->jobs, "conversations at once, where the file holds several");
  command.flag("--plain", flags->plain, "plain lines, no live view");
  command.flag("--json", flags->json, "JSON Lines of the turns on standard output, and nothing else there");
  add_wire_flags(command, flags->wire);
  command.flag("--yes", flags->yes, "asks nothing: fetches known weights that are missing");
}

}  // namespace duologue::cli
