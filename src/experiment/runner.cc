// Workers take the next trial from a counter, so that trials start in order whatever the number of jobs.
// Everything that they share is the counter, the budget and the list of outcomes.
#include "experiment/runner.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using engine::EndCause;
using engine::EndReason;

// The whole experiment's tokens, dollars and time: shared by all conversations, any thread.
class Budget {
 public:
  Budget(const BudgetSpec& limits, std::uint64_t tokens_used, double cost_usd, const base::Clock& clock)
      : limits_(limits), clock_(clock), started_(clock.steady()), tokens_(tokens_used), cost_usd_(cost_usd) {}

  void add(const engine::Call& call) {
    tokens_.fetch_add(call.usage.prompt_tokens + std::uint64_t{call.usage.completion_tokens},
                      std::memory_order_relaxed);
    cost_usd_.fetch_add(call.cost_usd.value_or(0), std::memory_order_relaxed);
  }

  std::optional<EndReason> spent() const {
    const std::uint64_t tokens = tokens_.load(std::memory_order_relaxed);
    if (limits_.tokens > 0 && tokens >= limits_.tokens) {
      return EndReason{EndCause::kBudget,
                       fmt::format("{}of {} tokens is used up", kBudgetEnd, limits_.tokens)};
    }
    if (limits_.usd > 0 && cost_usd_.load(std::memory_order_relaxed) >= limits_.usd) {
      return EndReason{EndCause::kBudget, fmt::format("{}of ${:g} is used up", kBudgetEnd, limits_.usd)};
    }
    if (limits_.time_ms > 0 && clock_.steady() - started_ >= std::chrono::milliseconds(limits_.time_ms)) {
      return EndReason{EndCause::kBudget, fmt::format("{}of {:g} h is used up", kBudgetEnd,
                                                      static_cast<double>(limits_.time_ms) / 3.6e6)};
    }
    return std::nullopt;
  }

 private:
  const BudgetSpec limits_;
  const base::Clock& clock_;
  const std::chrono::steady_clock::time_point started_;
  std::atomic<std::uint64_t> tokens_;
  std::atomic<double> cost_usd_;
};

// Counts the turns' calls itself: observers hear of a turn when the next one has been asked for.
class StopOnBudget final : public engine::StopCondition {
 public:
  explicit StopOnBudget(Budget& budget) : budget_(budget) {}
  std::optional<EndReason> check(const engine::Progress& progress) override {
    if (progress.last.call) budget_.add(*progress.last.call);
    return budget_.spent();
  }

 private:
  Budget& budget_;
};

// Counts for everybody, and keeps what a trial's outcome says of it. Restored turns aren't committed again:
// their calls were counted when the session opened.
class Watch final : public engine::Observer {
 public:
  Watch(RunProgress& progress, Budget& budget, TrialOutcome& outcome)
      : progress_(progress), budget_(budget), outcome_(outcome) {}
  void committed(const engine::Commit& commit, const chat::Transcript& /*transcript*/) override {
    bool has_turn = false;
    for (const chat::EntryPtr& entry : commit.entries) {
      if (entry->as_turn() == nullptr) continue;
      has_turn = true;
      progress_.turns.fetch_add(1, std::memory_order_relaxed);
    }
    if (commit.call) {  // a turn's, or a summary's
      progress_.tokens.fetch_add(commit.call->usage.completion_tokens, std::memory_order_relaxed);
      if (!has_turn) budget_.add(*commit.call);
    }
    for (const measure::Detection& detection : commit.detections) {
      if (detection.label == "converged" && !outcome_.converged_onset)
        outcome_.converged_onset = detection.onset;
    }
  }

 private:
  RunProgress& progress_;
  Budget& budget_;
  TrialOutcome& outcome_;
};

class Run {
 public:
  Run(Session& session, const RunOptions& options)
      : session_(session),
        options_(options),
        progress_(options.progress == nullptr ? own_progress_ : *options.progress),
        pending_(session.pending()),
        budget_(session.spec().budget, session.tokens_used(), session.cost_usd(), *options.clock) {}

  base::Result<RunSummary> run(std::stop_token stop);

 private:
  void work();
  void run_trial(const Trial& trial);
  TrialOutcome converse(const Trial& trial);
  void note(TrialOutcome outcome) EXCLUDES(mutex_);
  RunSummary summary() EXCLUDES(mutex_);

  Session& session_;
  const RunOptions& options_;
  RunProgress own_progress_;
  RunProgress& progress_;
  const std::vector<Trial> pending_;
  Budget budget_;
  std::stop_source halt_;  // the caller's stop, or a file that failed
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> out_of_budget_{false};
  base::Mutex mutex_;
  std::vector<TrialOutcome> outcomes_ GUARDED_BY(mutex_);
  std::optional<base::Error> store_error_ GUARDED_BY(mutex_);
};

base::Result<RunSummary> Run::run(std::stop_token stop) {
  const auto started = options_.clock->steady();
  const std::uint64_t turns_before = progress_.turns.load();
  {
    const std::stop_callback forward(stop, [this] { halt_.request_stop(); });
    const std::size_t wanted =
        std::min<std::size_t>(std::clamp(options_.jobs, 1U, kMaxJobs), pending_.size());
    std::vector<std::jthread> workers;
    workers.reserve(wanted);
    try {
      while (workers.size() < wanted) workers.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      // The system gives no more threads: those that run do all the work.
      if (workers.empty())
        return fail(ErrorKind::kInternal, fmt::format("no thread to run on: {}", error.what()));
    }
  }  // joined
  RunSummary result = summary();
  result.turns = progress_.turns.load() - turns_before;
  result.seconds = std::chrono::duration<double>(options_.clock->steady() - started).count();
  return result;
}

void Run::work() {
  while (!halt_.stop_requested()) {
    if (budget_.spent()) {
      out_of_budget_ = true;
      return;
    }
    const std::size_t index = next_.fetch_add(1);
    if (index >= pending_.size()) return;
    run_trial(pending_[index]);
  }
}

void Run::run_trial(const Trial& trial) {
  ++progress_.trials_running;
  TrialOutcome outcome = converse(trial);
  --progress_.trials_running;
  ++progress_.trials_ended;
  note(std::move(outcome));
}

TrialOutcome Run::converse(const Trial& trial) {
  TrialOutcome outcome;
  outcome.trial = trial;
  outcome.converged_onset = session_.trial_states()[trial.id - 1].converged_onset;
  Watch watch(progress_, budget_, outcome);
  engine::ConversationDoors doors;
  doors.observers = {&watch};
  doors.clock = options_.clock;
  std::vector<std::unique_ptr<engine::StopCondition>> extra;
  extra.push_back(std::make_unique<StopOnBudget>(budget_));
  auto opened = session_.open_trial(trial, std::move(doors), std::move(extra));
  if (!opened) {
    outcome.error = std::move(opened).error();
    return outcome;
  }
  if (options_.observer != nullptr) {
    const base::MutexLock lock(mutex_);
    options_.observer->trial_started(trial, opened->restored_turns);
  }
  auto ended = opened->conversation->run(halt_.get_token());
  outcome.turns = opened->conversation->transcript().turn_count();
  if (ended) {
    outcome.end = std::move(*ended);
  } else {
    outcome.error = std::move(ended).error();
    if (outcome.error->kind != ErrorKind::kStore)
      outcome.end = EndReason{engine::cause_of(outcome.error->kind), outcome.error->message};
  }
  return outcome;
}

void Run::note(TrialOutcome outcome) {
  const base::MutexLock lock(mutex_);
  if (outcome.error && outcome.error->kind == ErrorKind::kStore) {
    if (!store_error_) store_error_ = outcome.error;
    halt_.request_stop();  // nothing that is said from now on could be kept
  }
  if (options_.observer != nullptr) options_.observer->trial_ended(outcome);
  outcomes_.push_back(std::move(outcome));
}

RunSummary Run::summary() {
  const base::MutexLock lock(mutex_);
  RunSummary result;
  for (const TrialOutcome& outcome : outcomes_) {
    if (!outcome.end || outcome.end->cause == EndCause::kFailed) {
      ++result.failed;
    } else if (outcome.end->cause == EndCause::kPaused) {
      ++result.paused;
    } else if (outcome.end->cause == EndCause::kUser) {
      ++result.interrupted;
    } else if (outcome.end->cause == EndCause::kBudget && outcome.end->detail.starts_with(kBudgetEnd)) {
      ++result.cut_by_budget;
    } else {
      ++result.ended;
    }
  }
  result.not_started = static_cast<std::uint32_t>(pending_.size() - outcomes_.size());
  result.out_of_budget = out_of_budget_ || result.cut_by_budget > 0;
  result.store_error = store_error_;
  result.outcomes = std::move(outcomes_);
  std::ranges::sort(result.outcomes, {}, [](const TrialOutcome& outcome) { return outcome.trial.id; });
  return result;
}

}  // namespace

base::Result<RunSummary> run_pending(Session& session, const RunOptions& options, std::stop_token stop) {
  return Run(session, options).run(std::move(stop));
}

}  // namespace duologue::experiment
