// Runs the pending trials of a session, some at once: worker threads take them from a queue, each trial a
// conversation. A failing trial doesn't end the others; a failing file ends all. Trials don't know of each
// other, so that one job or many give the same texts (with models at level exact), save for the experiment's
// budget, which cuts by the clock.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/end_reason.h"
#include "experiment/session.h"

namespace duologue::experiment {

inline constexpr std::uint32_t kMaxJobs = 1000;

struct TrialOutcome {
  Trial trial;
  std::uint32_t turns = 0;                       // in all, those of earlier runs included
  std::optional<engine::EndReason> end;          // empty: it failed and the file couldn't take the reason
  std::optional<base::Error> error;              // of a trial that failed
  std::optional<std::uint32_t> converged_onset;  // of the first convergence
};

// Counts that anybody may read while the runner works.
struct RunProgress {
  std::atomic<std::uint32_t> trials_running{0};
  std::atomic<std::uint32_t> trials_ended{0};
  std::atomic<std::uint64_t> turns{0};   // recorded in this run
  std::atomic<std::uint64_t> tokens{0};  // answered in this run
};

// Told by the workers, one at a time. Must not block for long.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void trial_started(const Trial& /*trial*/, std::uint32_t /*restored_turns*/) {}
  virtual void trial_ended(const TrialOutcome& /*outcome*/) {}
};

struct RunSummary {
  std::vector<TrialOutcome> outcomes;  // of those that were started, by trial id
  std::uint32_t ended = 0;             // came to an end of their own
  std::uint32_t paused = 0;            // a model failed them
  std::uint32_t failed = 0;            // anything else did
  std::uint32_t interrupted = 0;       // by the stop request
  std::uint32_t cut_by_budget = 0;     // in the middle
  std::uint32_t not_started = 0;       // stopped, or out of budget, before their turn came
  bool out_of_budget = false;
  std::uint64_t turns = 0;
  double seconds = 0;
  std::optional<base::Error> store_error;  // the file failed: everything stopped
};

struct RunOptions {
  std::uint32_t jobs = 1;  // conversations at once, 1..kMaxJobs
  RunObserver* observer = nullptr;
  RunProgress* progress = nullptr;
  const base::Clock* clock = &base::Clock::system();
};

// Blocks until all pending trials have ended, or `stop` is requested and those running have been put down
// cleanly. kInternal where no thread could be started; whatever else goes wrong stands in the summary.
base::Result<RunSummary> run_pending(Session& session, const RunOptions& options, std::stop_token stop);

}  // namespace duologue::experiment
