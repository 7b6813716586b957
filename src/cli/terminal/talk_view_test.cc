#include "cli/terminal/talk_view.h"

#include <gtest/gtest.h>

namespace duologue::cli {
namespace {

// Keeps what it is told: rows end with "\n", statuses apart.
class FakeSink final : public TextSink {
 public:
  explicit FakeSink(bool deltas) : deltas_(deltas) {}
  void put(std::string_view safe, Style) override { text += safe; }
  void set_indent(std::size_t) override {}
  void end_row() override {
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
  }
  void set_status(const TalkStatus& status) override { last = status; }
  bool shows_deltas() const override { return deltas_; }

  std::string text;
  TalkStatus last;

 private:
  bool deltas_;
};

class TalkViewTest : public testing::Test {
 protected:
  void make(bool deltas, bool typed_here = false) {
    sink_ = std::make_unique<FakeSink>(deltas);
    TalkViewOptions options;
    options.names = {"Ada", "Bob"};
    options.turn_limit = 40;
    options.typed_here = typed_here;
    view_ = std::make_unique<TalkView>(*sink_, options);
  }

  engine::Commit turn(chat::ParticipantId speaker, std::string text,
                      chat::Author author = {chat::AuthorKind::kModel, ""}) {
    chat::Turn said;
    said.speaker = speaker;
    said.author = std::move(author);
    said.text = std::move(text);
    engine::Commit commit;
    commit.entries.push_back(transcript_.append(said));
    return commit;
  }

  void say(chat::ParticipantId speaker, const std::string& text) {
    view_->turn_started(speaker, transcript_.turn_count() + 1);
    for (const char c : text) view_->delta(std::string_view(&c, 1));
    view_->committed(turn(speaker, text), transcript_);
  }

  chat::Transcript transcript_;
  std::unique_ptr<FakeSink> sink_;
  std::unique_ptr<TalkView> view_;
};

TEST_F(TalkViewTest, TheSameTextWithAndWithoutDeltas) {
  for (const bool deltas : {true, false}) {
    make(deltas);
    say(0, "Hail,\nBob.");
    say(1, "Well met \x1b[31m.");
    say(0, "");
    EXPECT_EQ(sink_->text, "Ada: Hail,\nBob.\nBob: Well met ␛[31m.\nAda: (says nothing)\n");
  }
}

TEST_F(TalkViewTest, NothingUnrecordedIsShownWhereDeltasAreNot) {
  make(false);
  view_->turn_started(0, 1);
  view_->delta("half a tu");
  EXPECT_EQ(sink_->text, "");
  view_->ended({engine::EndCause::kUser, ""}, transcript_);
  EXPECT_EQ(sink_->text, "");
}

TEST_F(TalkViewTest, ATurnThatBeginsAgainIsNeverShownAsOne) {
  const model::FailedAttempt failed{
      1, {base::ErrorKind::kUnavailable, "503 \x1b[31m", std::nullopt}, std::chrono::milliseconds(1'500)};
  make(true);
  view_->turn_started(0, 1);
  view_->turn_restarts(failed);
  view_->delta("Hail, B");
  view_->turn_restarts(failed);
  view_->delta("Hail, Bob.");
  view_->committed(turn(0, "Hail, Bob."), transcript_);
  EXPECT_EQ(sink_->text,
            "Ada: [503 ␛[31m; trying again in 1.5 s]\n"
            "Ada: Hail, B [broke off, not recorded: 503 ␛[31m; trying again in 1.5 s]\n"
            "Ada: Hail, Bob.\n");
}

TEST_F(TalkViewTest, WithoutDeltasOnlyTheReasonIsShown) {
  make(false);
  view_->turn_started(1, 1);
  view_->delta("Hail, B");
  view_->turn_restarts(
      {1, {base::ErrorKind::kUnavailable, "503", std::nullopt}, std::chrono::milliseconds(0)});
  view_->committed(turn(1, "Hail"), transcript_);
  EXPECT_EQ(sink_->text, "[Bob: 503; trying again in 0.0 s]\nBob: Hail\n");
}

TEST_F(TalkViewTest, ATurnThatIsCutOffSaysThatItIsNotRecorded) {
  make(true);
  view_->turn_started(0, 1);
  view_->delta("half a tu");
  view_->ended({engine::EndCause::kUser, ""}, transcript_);
  EXPECT_EQ(sink_->text, "Ada: half a tu [stopped here: not recorded]\n");
  EXPECT_EQ(sink_->last.turn, 0u);
}

TEST_F(TalkViewTest, SaysWhoWroteATurn) {
  make(true);
  view_->committed(turn(1, "I am Bob.", {chat::AuthorKind::kHuman, ""}), transcript_);
  EXPECT_EQ(sink_->text, "Bob (written by a human): I am Bob.\n");
}

TEST_F(TalkViewTest, WhatWasTypedHereIsNotShownTwice) {
  make(true, true);
  view_->committed(turn(1, "I am Bob.", {chat::AuthorKind::kHuman, ""}), transcript_);
  engine::Commit remark;
  remark.entries.push_back(transcript_.append(
      chat::Injection{1, chat::Placement::kAppended, "psst", {chat::AuthorKind::kHuman, ""}}));
  view_->committed(remark, transcript_);
  EXPECT_EQ(sink_->text, "");
}

TEST_F(TalkViewTest, InjectionsSayToWhom) {
  make(true);
  engine::Commit commit;
  commit.entries.push_back(transcript_.append(
      chat::Injection{0, chat::Placement::kAppended, "Hello", {chat::AuthorKind::kHarness, ""}}));
  commit.entries.push_back(transcript_.append(chat::Injection{
      std::nullopt, chat::Placement::kAppended, "Stop it.", {chat::AuthorKind::kModerator, "nudge"}}));
  view_->committed(commit, transcript_);
  EXPECT_EQ(sink_->text, "[opening to Ada] Hello\n[the moderator nudge to all] Stop it.\n");
}

TEST_F(TalkViewTest, KeepsTheStatus) {
  make(true);
  engine::Commit commit = turn(0, "a");
  commit.call = engine::Call();
  commit.call->usage.completion_tokens = 50;
  commit.call->timing.total_ms = 500;
  commit.measurements = {{.turn = 1, .metric = "d_jac1", .participant = {}, .value = std::nullopt},
                         {.turn = 1, .metric = "d_jac2", .participant = {}, .value = 0.5},
                         {.turn = 1, .metric = "tokens", .participant = {}, .value = 9}};
  commit.detections.push_back({.label = "converged",
                               .kind = "verbatim",
                               .onset = 1,
                               .detected_at = 1,
                               .period = 2,
                               .quote_turn = 1,
                               .quote = "a",
                               .by = "words repeat"});
  view_->committed(commit, transcript_);
  EXPECT_EQ(sink_->last.turn, 1u);
  EXPECT_EQ(sink_->last.turn_limit, 40u);
  EXPECT_EQ(sink_->last.tokens_per_s, 100.0);
  EXPECT_EQ(sink_->last.lag1, (std::vector<std::optional<double>>{std::nullopt}));
  EXPECT_EQ(sink_->last.lag2, (std::vector<std::optional<double>>{0.5}));
  EXPECT_EQ(sink_->last.detected, "converged since turn 1, period 2, verbatim (words repeat)");
  EXPECT_EQ(sink_->text,
            "Ada: a\n◆ converged since turn 1, period 2, verbatim (words repeat) (seen at turn 1): “a”\n");
}

TEST_F(TalkViewTest, AnEditMeasuresTheLastTurnAgain) {
  make(true);
  engine::Commit commit = turn(0, "a");
  commit.measurements = {{.turn = 1, .metric = "d_jac1", .participant = {}, .value = 0.25}};
  view_->committed(commit, transcript_);
  commit.fork_at = 0;
  commit.measurements.front().value = 0.75;
  view_->committed(commit, transcript_);
  EXPECT_EQ(sink_->last.lag1, (std::vector<std::optional<double>>{0.75}));
}

TEST_F(TalkViewTest, GoesOnFromWhatIsRecorded) {
  make(true);
  view_->restore(12, {{.turn = 12, .metric = "d_jac1", .participant = {}, .value = 0.5}},
                 {{.label = "converged",
                   .kind = "",
                   .onset = 9,
                   .detected_at = 11,
                   .period = {},
                   .quote_turn = 0,
                   .quote = "",
                   .by = ""}});
  EXPECT_EQ(sink_->last.turn, 12u);
  EXPECT_EQ(sink_->last.lag1.size(), 1u);
  EXPECT_EQ(sink_->last.detected, "converged since turn 9");
}

}  // namespace
}  // namespace duologue::cli
