#include "cli/run_trials.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/describe.h"
#include "cli/progress_bar.h"
#include "cli/summary.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/terminal_mode.h"
#include "experiment/runner.h"
#include "store/reader.h"

namespace duologue::cli {
namespace {

using base::Json;
using base::Result;
using engine::EndCause;

// Of what is told about trials that paused or failed.
constexpr std::size_t kMostCauses = 10;
constexpr std::size_t kMostNamed = 8;

// The whole experiment as the file has it, earlier runs included.
struct FileState {
  std::size_t trials = 0;
  std::size_t not_started = 0;
  std::size_t unfinished = 0;  // cut off, interrupted, paused, failed or cut by the budget
  std::size_t paused = 0;
  std::size_t failed = 0;
  std::map<std::string, std::vector<std::uint32_t>> causes;  // of those that paused or failed: which trials
  std::uint64_t turns = 0;
  std::optional<double> cost_usd;  // of all calls of known cost
  std::uint64_t unpriced_calls = 0;
  std::map<std::string, std::size_t> ends;  // of those that came to one, by its words
  std::vector<std::uint32_t> onsets;        // of first convergences, sorted
  std::vector<store::TrialSummary> stored;
};

std::string end_words(const engine::EndReason& end) {
  switch (end.cause) {
    case EndCause::kTurnLimit:
      return "said all turns";
    case EndCause::kSameText:
      return "repeated the same text";
    case EndCause::kDetected:
      return "stopped on a detection";
    case EndCause::kBudget:
      return "used up their own budget";
    case EndCause::kTool:
      return "ended by a tool call";
    case EndCause::kModerator:
    case EndCause::kUser:
    case EndCause::kPaused:
    case EndCause::kFailed:
    case EndCause::kImported:
      break;
  }
  return "were ended";
}

Result<FileState> state_of(const experiment::Session& session) {
  FileState state;
  TRY_ASSIGN(const auto reader, store::Reader::open(session.path()));
  TRY_ASSIGN(state.stored, reader->trials());
  state.trials = session.trial_states().size();
  state.not_started = state.trials - std::min(state.trials, state.stored.size());
  for (const store::TrialSummary& trial : state.stored) {
    state.turns += trial.turns;
    if (trial.cost_usd) state.cost_usd = state.cost_usd.value_or(0) + *trial.cost_usd;
    state.unpriced_calls += trial.unpriced_calls;
    if (trial.converged) state.onsets.push_back(trial.converged->onset);
    const bool ended = trial.end && !engine::is_resumable(trial.end->cause) &&
                       !trial.end->detail.starts_with(experiment::kBudgetEnd);
    if (ended) {
      ++state.ends[end_words(*trial.end)];
    } else {
      ++state.unfinished;
      if (!trial.end || (trial.end->cause != EndCause::kPaused && trial.end->cause != EndCause::kFailed))
        continue;
      ++(trial.end->cause == EndCause::kPaused ? state.paused : state.failed);
      state.causes[describe(trial.end)].push_back(trial.row.id);
    }
  }
  std::ranges::sort(state.onsets);
  return state;
}

// "20 trials: 14 said all turns, 5 stopped on a detection, 1 failed."
std::string ends_line(const FileState& state) {
  std::string line = count(state.trials, "trial") + ":";
  const auto add = [&line](std::size_t n, std::string_view what) {
    if (n > 0) line += fmt::format("{} {} {}", line.ends_with(':') ? "" : ",", n, what);
  };
  for (const auto& [words, n] : state.ends) add(n, words);
  add(state.paused, "paused");
  add(state.failed, "failed");
  add(state.unfinished - state.paused - state.failed, "not finished");
  add(state.not_started, "not started");
  return line + ".";
}

// "2 trials (3, 7) paused: …": a line a cause.
void say_causes(const FileState& state, Output& words) {
  std::size_t told = 0;
  for (const auto& [cause, trials] : state.causes) {
    if (++told > kMostCauses) {
      words.print("and {} more causes: duologue list\n", state.causes.size() - kMostCauses);
      return;
    }
    const std::size_t named = std::min(trials.size(), kMostNamed);
    words.print("{} ({}{}) {}\n", count(trials.size(), "trial"),
                fmt::join(trials.begin(), trials.begin() + static_cast<std::ptrdiff_t>(named), ", "),
                named < trials.size() ? ", …" : "", cause);
  }
}

std::string settled_line(const FileState& state) {
  if (state.onsets.empty()) return "None settled.";
  return fmt::format("{} of {} settled, at turn {} in the middle (median), {} at the earliest.",
                     state.onsets.size(), state.stored.size(), state.onsets[state.onsets.size() / 2],
                     state.onsets.front());
}

void say_summary(const experiment::Session& session, const FileState& state,
                 const experiment::RunSummary& ran, Output& words) {
  words.write(ends_line(state) + "\n");
  say_causes(state, words);
  words.write(settled_line(state) + "\n");
  words.write("(How that is judged, and how often wrongly: docs/detection.md.)\n");
  const double rate = ran.seconds > 0 ? static_cast<double>(ran.turns) / ran.seconds : 0;
  words.print("{} in {} ({:.1f} turns/s).\n", count(ran.turns, "turn"), duration_words(ran.seconds), rate);
  if (state.cost_usd) words.print("Cost: {}.\n", describe_cost(state.cost_usd, state.unpriced_calls));
  if (ran.out_of_budget) words.write("The experiment's budget is used up.\n");
  const std::string resume = safe_line(resume_command(session.path(), false));
  if (state.unfinished + state.not_started > 0) words.print("Go on:   {}\n", resume);
  words.print("Read it: duologue list {}\n", safe_line(shell_word(session.path())));
  words.flush();
}

Json trial_json(const store::TrialSummary& trial) {
  Json json = Json::object();
  json["trial"] = trial.row.id;
  json["opening"] = trial.row.opening;
  json["repeat"] = trial.row.repeat;
  json["turns"] = trial.turns;
  json["end"] = nullptr;
  if (trial.end)
    json["end"] = {{"cause", engine::to_string(trial.end->cause)}, {"detail", trial.end->detail}};
  json["converged"] = nullptr;
  if (trial.converged) {
    json["converged"] = {{"onset", trial.converged->onset}, {"detected_at", trial.converged->detected_at}};
    json["converged"]["period"] = nullptr;
    if (trial.converged->period) json["converged"]["period"] = *trial.converged->period;
    json["converged"]["kind"] = trial.converged->kind;
  }
  json["labels"] = trial.labels;
  json["cost_usd"] = trial.cost_usd ? Json(*trial.cost_usd) : Json(nullptr);
  return json;
}

std::string summary_json(const experiment::Session& session, const FileState& state,
                         const experiment::RunSummary& ran) {
  Json json = Json::object();
  json["path"] = session.path();
  json["name"] = session.spec().name;
  json["seed"] = session.spec().seed;
  json["trials"] = state.trials;
  json["finished"] = state.trials - state.unfinished - state.not_started;
  json["paused"] = state.paused;
  json["failed"] = state.failed;
  json["unfinished"] = state.unfinished;
  json["not_started"] = state.not_started;
  json["out_of_budget"] = ran.out_of_budget;
  json["turns"] = state.turns;
  json["cost_usd"] = state.cost_usd ? Json(*state.cost_usd) : Json(nullptr);
  json["unpriced_calls"] = state.unpriced_calls;
  json["run"] = {{"turns", ran.turns}, {"seconds", ran.seconds}};
  json["outcomes"] = Json::array();
  for (const store::TrialSummary& trial : state.stored) json["outcomes"].push_back(trial_json(trial));
  return base::dump_json(json) + "\n";
}

// The error of the first trial that paused or failed, with how many there are.
std::optional<base::Error> failure_of(const experiment::Session& session, const experiment::RunSummary& ran) {
  if (ran.store_error) return ran.store_error;
  const std::string of_all =
      fmt::format("{} of {}", ran.paused + ran.failed, count(ran.outcomes.size(), "trial"));
  for (const experiment::TrialOutcome& outcome : ran.outcomes) {
    if (!outcome.error) continue;
    base::Error error = *outcome.error;
    const std::string what = ran.paused == 0   ? fmt::format("{} failed", of_all)
                             : ran.failed == 0 ? fmt::format("{} paused", of_all)
                                               : fmt::format("{} paused or failed", of_all);
    error.message = fmt::format("{}, the first is trial {}: {}; go on with `{}`", what, outcome.trial.id,
                                outcome.error->message, resume_command(session.path(), false));
    return error;
  }
  return std::nullopt;
}

// Said where an experiment goes on, not where it begins.
void say_going_on(const experiment::Session& session, std::uint32_t jobs, Output& words) {
  const auto& states = session.trial_states();
  if (std::ranges::none_of(states, &experiment::TrialState::started)) return;
  const std::size_t pending = session.pending().size();
  words.print("going on with {} of {}, {} at once, seed {}, determinism {}, recording to {}\n", pending,
              count(states.size(), "trial"), std::min<std::size_t>(jobs, pending), session.spec().seed,
              model::to_string(session.models().determinism()), safe_line(session.path()));
  words.flush();
}

}  // namespace

Result<ExitCode> run_trials(experiment::Session& session, std::uint32_t jobs, const ShowOptions& show,
                            Signals& signals, CommandContext& context) {
  Output& words = words_to(context, show);
  signals.set_last_words("\nduologue: stopped at once; go on with `" + resume_command(session.path(), false) +
                         "`\n");
  say_going_on(session, jobs, words);
  Result<experiment::RunSummary> ran;
  {
    ProgressBar bar(session, words, context.err, !show.plain && can_draw(fileno(context.err.file())));
    const std::stop_callback on_hangup(signals.token(), [&] {
      if (signals.received() == StopSignal::kHangup) bar.abandon();
    });
    ran = experiment::run_pending(session, {.jobs = jobs, .observer = &bar, .progress = &bar.progress()},
                                  signals.token());
  }
  if (!ran) return std::unexpected(std::move(ran).error());
  if (signals.received() == StopSignal::kHangup) return ExitCode::kInterrupted;
  if (auto state = state_of(session); state) {
    say_summary(session, *state, *ran, words);
    if (show.json) context.out.write(summary_json(session, *state, *ran));
  } else if (!ran->store_error) {
    return std::unexpected(std::move(state).error());
  }
  if (signals.received() != StopSignal::kNone) return ExitCode::kInterrupted;
  if (auto failure = failure_of(session, *ran)) return std::unexpected(std::move(*failure));
  return ExitCode::kDone;
}

}  // namespace duologue::cli
