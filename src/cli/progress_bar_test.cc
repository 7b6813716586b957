#include "cli/progress_bar.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace duologue::cli {
namespace {

TEST(ProgressRow, FitsAnyWidth) {
  ProgressNumbers n;
  n.trials = 20;
  n.ended = 9;
  n.failed = 2;
  n.turns = 312;
  n.expected_turns = 624;
  n.turns_per_s = 26;
  EXPECT_EQ(progress_row(n, 100),
            "[###############---------------]  9/20 trials, 2 failed  0:12 left  26.0 turns/s  312 turns");
  for (std::size_t width = 1; width < 120; ++width) EXPECT_LE(progress_row(n, width).size(), width) << width;
  EXPECT_EQ(progress_row(n, 60), "[#####-----]  9/20 trials, 2 failed  0:12 left  26.0 turns/s");
  EXPECT_EQ(progress_row(n, 34), "[####-----]  9/20 trials, 2 failed");
  EXPECT_EQ(progress_row(n, 12), "9/20 trials,");
}

TEST(ProgressRow, WithoutALimitItCountsTrials) {
  ProgressNumbers n;
  n.trials = 4;
  n.ended = 1;
  n.turns = 100;
  n.turns_per_s = 3;
  EXPECT_EQ(progress_row(n, 70), "[#######-----------------------]  1/4 trials  3.0 turns/s  100 turns");
  n.ended = 4;
  n.expected_turns = 90;
  EXPECT_EQ(progress_row(n, 70), "[##############################]  4/4 trials  3.0 turns/s  100 turns");
}

TEST(ProgressRow, Durations) {
  EXPECT_EQ(duration_words(0), "0:00");
  EXPECT_EQ(duration_words(59.6), "1:00");
  EXPECT_EQ(duration_words(3599), "59:59");
  EXPECT_EQ(duration_words(90'061), "25:01:01");
  EXPECT_EQ(duration_words(-1), "0:00");
}

TEST(OutcomeLine, SaysWhatATrialCameTo) {
  experiment::TrialOutcome outcome;
  outcome.trial.id = 3;
  outcome.turns = 50;
  outcome.end = engine::EndReason{engine::EndCause::kTurnLimit, "50 turns"};
  EXPECT_EQ(outcome_line(outcome, 20), "trial 3 of 20: 50 turns");
  outcome.converged_onset = 9;
  EXPECT_EQ(outcome_line(outcome, 20), "trial 3 of 20: 50 turns, settled at turn 9");
  outcome.error = base::Error{base::ErrorKind::kModel, "fell\nover \x1b[31m", {}};
  outcome.converged_onset.reset();
  EXPECT_EQ(outcome_line(outcome, 20), "trial 3 of 20: failed after 50 turns: fell␊over ␛[31m");
}

}  // namespace
}  // namespace duologue::cli
