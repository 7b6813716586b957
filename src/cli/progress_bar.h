// How far an experiment has come: a row that is rewritten on a terminal, a line for each trial that ends
// elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "cli/output.h"
#include "experiment/runner.h"

namespace duologue::cli {

struct ProgressNumbers {
  std::uint32_t trials = 0;  // to run
  std::uint32_t ended = 0;
  std::uint32_t failed = 0;
  std::uint64_t turns = 0;           // said in this run
  std::uint64_t expected_turns = 0;  // of this run, if nothing more stops early; 0: no limit
  double turns_per_s = 0;            // of late
};

// At most `width` columns: "[####------]  9/20 trials  312 turns  52.1 turns/s  0:12 left". Pure.
std::string progress_row(const ProgressNumbers& numbers, std::size_t width);

// 0:12, 1:05:00. Pure.
std::string duration_words(double seconds);

// What a trial came to: "trial 3 of 20: 50 turns, converged since turn 9". Pure; safe for a terminal.
std::string outcome_line(const experiment::TrialOutcome& outcome, std::size_t trials);

// Watches one run. `row`: rewrite a row on `err`, and write only the lines of failed trials to `words`;
// otherwise a line for each. A thread of its own paints; the observer's functions are called by the runner's.
class ProgressBar final : public experiment::RunObserver {
 public:
  ProgressBar(const experiment::Session& session, Output& words, Output& err, bool row);
  ~ProgressBar() override;  // close()

  experiment::RunProgress& progress() { return progress_; }
  void trial_ended(const experiment::TrialOutcome& outcome) override EXCLUDES(mutex_);
  void abandon() EXCLUDES(mutex_);  // the terminal is gone: write nothing more
  void close() EXCLUDES(mutex_);    // the row goes away

 private:
  struct Sample {
    std::chrono::steady_clock::time_point at;
    std::uint64_t turns = 0;
  };
  void paint_loop(const std::stop_token& stop) EXCLUDES(mutex_);
  void paint() REQUIRES(mutex_);
  void clear_row() REQUIRES(mutex_);
  ProgressNumbers numbers() REQUIRES(mutex_);

  const experiment::Session& session_;
  const bool row_;
  const std::uint32_t trials_;  // to run
  experiment::RunProgress progress_;
  base::Mutex mutex_;
  Output& words_ GUARDED_BY(mutex_);
  Output& err_ GUARDED_BY(mutex_);
  std::uint64_t expected_turns_ GUARDED_BY(mutex_) = 0;
  std::uint32_t failed_ GUARDED_BY(mutex_) = 0;
  bool shown_ GUARDED_BY(mutex_) = false;
  bool gone_ GUARDED_BY(mutex_) = false;
  std::deque<Sample> samples_ GUARDED_BY(mutex_);
  std::jthread painter_;
};

}  // namespace duologue::cli
