#include "cli/summary.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace duologue::cli {
namespace {

experiment::ExperimentSpec spec_of_two() {
  experiment::ExperimentSpec spec;
  spec.participants.resize(2);
  spec.participants[0].name = "A";
  spec.participants[1].name = "B";
  for (auto& participant : spec.participants) participant.model = "smollm2";
  spec.seed = 7;
  return spec;
}

measure::Detection converged() {
  return {.label = "converged",
          .kind = "verbatim",
          .onset = 9,
          .detected_at = 11,
          .period = 2,
          .quote_turn = 11,
          .quote = "Just say\nhello, \x1b[31mand I'll help.",
          .by = "words repeat"};
}

std::string joined(const TalkSummary& summary) {
  std::string text;
  for (const std::string& line : summary_lines(summary)) {
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    text += line + "\n";
  }
  return text;
}

TEST(Summary, OfATalkThatSettled) {
  const experiment::ExperimentSpec spec = spec_of_two();
  TalkSummary summary;
  summary.path = "a.duo";
  summary.spec = &spec;
  summary.turns = 24;
  summary.end = engine::EndReason{engine::EndCause::kTurnLimit, "24 turns"};
  summary.detections = {converged(),
                        {.label = "repetition",
                         .kind = "",
                         .onset = 9,
                         .detected_at = 12,
                         .period = {},
                         .quote_turn = 0,
                         .quote = "",
                         .by = "words repeat"}};
  EXPECT_EQ(joined(summary),
            "Settled at turn 9 (seen at turn 11), period 2, verbatim: “Just say␊hello, ␛[31mand I'll help.”\n"
            "Detected: repetition since turn 9\n"
            "(How that is judged, and how often wrongly: docs/detection.md. A turn is one utterance.)\n"
            "Ended after 24 turns, as asked.\n"
            "Go on:    duologue resume a.duo --turns +100\n"
            "Read it:  duologue show a.duo\n"
            "Try next: duologue talk smollm2 --seed 7 --temperature 1.2\n");
}

TEST(Summary, AModelThatIsHereIsWhatToTryNext) {
  const experiment::ExperimentSpec spec = spec_of_two();
  TalkSummary summary;
  summary.path = "a.duo";
  summary.spec = &spec;
  summary.detections = {converged()};
  summary.other_models = {"gemma2:9b"};
  EXPECT_NE(joined(summary).find("Try next: duologue talk smollm2 gemma2:9b\n"), std::string::npos);
}

TEST(Summary, OfATalkThatDidNotSettle) {
  const experiment::ExperimentSpec spec = spec_of_two();
  TalkSummary summary;
  summary.path = "a.duo";
  summary.spec = &spec;
  summary.turns = 40;
  summary.end = engine::EndReason{engine::EndCause::kDetected, "silence since turn 3"};
  const std::string text = joined(summary);
  EXPECT_NE(text.find("Did not settle in 40 turns.\n"), std::string::npos);
  EXPECT_NE(text.find("Ended after 40 turns: silence since turn 3.\n"), std::string::npos);
  EXPECT_NE(text.find("--stop-on converged"), std::string::npos);
  summary.turns = 1;
  EXPECT_NE(joined(summary).find("Did not settle in 1 turn, which is too few to tell.\n"), std::string::npos);
}

TEST(Summary, OfAnInterruptedTalk) {
  const experiment::ExperimentSpec spec = spec_of_two();
  TalkSummary summary;
  summary.path = "my talk.duo";
  summary.spec = &spec;
  summary.turns = 5;
  summary.interrupted = true;
  summary.end = engine::EndReason{engine::EndCause::kUser, "stopped"};
  const std::string text = joined(summary);
  EXPECT_NE(text.find("Interrupted after 5 turns; all of them are recorded.\n"), std::string::npos);
  EXPECT_NE(text.find("Go on:    duologue resume 'my talk.duo'\n"), std::string::npos);
}

TEST(ShellWord, QuotesWhatAShellWouldChange) {
  EXPECT_EQ(shell_word("a-b_c/d.duo"), "a-b_c/d.duo");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$(rm)"), "'$(rm)'");
}

}  // namespace
}  // namespace duologue::cli
