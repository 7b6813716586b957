#include "experiment/runner.h"

#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "experiment/seating.h"
#include "model/scripted/scripted_model.h"
#include "store/reader.h"

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;
using engine::EndCause;

std::shared_ptr<model::Model> drawn(std::uint32_t words, std::chrono::milliseconds pace = {}) {
  model::Script script;
  script.generate_words = words;
  script.pace = pace;
  return model::make_scripted("drawn", script);
}

// Talks like another model, but fails at one trial's turn.
class FailsAt final : public model::Model {
 public:
  FailsAt(std::shared_ptr<model::Model> inner, std::uint32_t trial, std::uint32_t turn)
      : inner_(std::move(inner)), trial_(trial), turn_(turn) {}
  const model::ModelInfo& info() const override { return inner_->info(); }
  base::Result<model::ModelOutput> generate(const chat::View& view, const model::GenerateConfig& config,
                                            std::stop_token stop, const model::OnDelta& on_delta) override {
    if (config.key.trial == trial_ && config.key.turn == turn_) {
      return base::fail(base::ErrorKind::kModel, "the model fell over");
    }
    return inner_->generate(view, config, stop, on_delta);
  }

 private:
  std::shared_ptr<model::Model> inner_;
  std::uint32_t trial_;
  std::uint32_t turn_;
};

class TestClock final : public base::Clock {
 public:
  std::int64_t unix_ms() const override { return 1'700'000'000'000; }
  std::chrono::steady_clock::time_point steady() const override { return now; }
  std::chrono::steady_clock::time_point now{};
};

// What a file says of a trial: everything that must be the same after another way of running it.
struct Recorded {
  std::vector<std::string> texts;
  base::Hash head;
  std::optional<engine::EndReason> end;
};

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("runner_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  static ExperimentSpec spec(std::uint32_t openings, std::uint32_t repeats, std::uint32_t turns) {
    ExperimentSpec spec;
    spec.name = "test";
    spec.participants.resize(2);
    spec.participants[0].name = "A";
    spec.participants[1].name = "B";
    spec.participants[0].model = spec.participants[1].model = "drawn";
    spec.openings.clear();
    for (std::uint32_t i = 0; i < openings; ++i) spec.openings.push_back("opening " + std::to_string(i));
    spec.repeats = repeats;
    spec.turns = turns;
    spec.seed = 0xFFFF'0000'0000'0001ULL;
    return spec;
  }
  static ModelPool pool(std::shared_ptr<model::Model> model) {
    return ModelPool({{"drawn", std::move(model)}});
  }

  std::unique_ptr<Session> created(const std::string& name, const ExperimentSpec& spec,
                                   const ModelPool& models) {
    auto session = Session::create(path(name), spec, models, store::Durability::kNormal);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  std::unique_ptr<Session> resumed(const std::string& name, const ModelPool& models,
                                   std::uint32_t more_turns = 0) {
    ResumeOptions options;
    options.models = &models;
    options.more_turns = more_turns;
    options.durability = store::Durability::kNormal;
    auto session = Session::resume(path(name), options);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  static RunSummary run(Session& session, std::uint32_t jobs, std::stop_token stop = {},
                        RunOptions options = {}) {
    options.jobs = jobs;
    auto summary = run_pending(session, options, std::move(stop));
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? std::move(*summary) : RunSummary{};
  }

  std::vector<Recorded> recorded(const std::string& name) const {
    auto reader = store::Reader::open(path(name));
    EXPECT_TRUE(reader) << reader.error().message;
    std::vector<Recorded> all;
    const auto summaries = (*reader)->trials();
    EXPECT_TRUE(summaries);
    for (const store::TrialSummary& summary : *summaries) {
      const auto transcript = (*reader)->transcript(summary.row.id);
      EXPECT_TRUE(transcript) << transcript.error().message;
      Recorded trial{{}, transcript->head(), summary.end};
      for (const chat::EntryPtr& entry : transcript->entries()) {
        if (entry->as_turn() != nullptr) trial.texts.push_back(entry->as_turn()->text);
      }
      all.push_back(std::move(trial));
    }
    return all;
  }
  void expect_same(const std::string& one, const std::string& other) const {
    const auto a = recorded(one);
    const auto b = recorded(other);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].texts, b[i].texts) << "trial " << i + 1;
      EXPECT_EQ(a[i].head, b[i].head) << "trial " << i + 1;
      ASSERT_EQ(a[i].end.has_value(), b[i].end.has_value()) << "trial " << i + 1;
      if (!a[i].end) continue;
      EXPECT_EQ(a[i].end->cause, b[i].end->cause) << "trial " << i + 1;
      EXPECT_EQ(a[i].end->detail, b[i].end->detail) << "trial " << i + 1;
    }
  }

  fs::path folder_;
};

TEST_F(RunnerTest, EightJobsSayWhatOneSays) {
  const ExperimentSpec wanted = spec(4, 5, 12);
  for (const std::uint32_t jobs : {1U, 8U}) {
    const auto session = created(std::to_string(jobs) + ".duo", wanted, pool(drawn(20)));
    const RunSummary summary = run(*session, jobs);
    EXPECT_EQ(summary.ended, 20U);
    EXPECT_EQ(summary.failed + summary.interrupted + summary.not_started, 0U);
    EXPECT_EQ(summary.turns, 240U);
    ASSERT_EQ(summary.outcomes.size(), 20U);
    EXPECT_EQ(summary.outcomes[19].trial.id, 20U);
    EXPECT_EQ(summary.outcomes[19].turns, 12U);
  }
  expect_same("1.duo", "8.duo");
  const auto trials = recorded("1.duo");
  std::set<std::vector<std::string>> different;
  for (const Recorded& trial : trials) different.insert(trial.texts);
  EXPECT_EQ(different.size(), 20U) << "repeats draw their own numbers";
  EXPECT_EQ(trials[0].end->cause, EndCause::kTurnLimit);
}

TEST_F(RunnerTest, TwoHundredAtOnce) {
  const auto session = created("a.duo", spec(200, 1, 6), pool(drawn(10, std::chrono::milliseconds(20))));
  RunProgress progress;
  const RunSummary summary = run(*session, 200, {}, {.progress = &progress});
  EXPECT_EQ(summary.ended, 200U);
  EXPECT_EQ(progress.turns.load(), 1200U);
  EXPECT_EQ(progress.trials_ended.load(), 200U);
  EXPECT_EQ(progress.trials_running.load(), 0U);
  // One after the other the pace alone would take 24 s.
  EXPECT_LT(summary.seconds, 12);
}

// Stops the run once so many turns are recorded, anywhere in it.
class StopAfter final : public model::Model {
 public:
  StopAfter(std::shared_ptr<model::Model> inner, std::uint32_t turns)
      : inner_(std::move(inner)), left_(turns) {}
  const model::ModelInfo& info() const override { return inner_->info(); }
  base::Result<model::ModelOutput> generate(const chat::View& view, const model::GenerateConfig& config,
                                            std::stop_token stop, const model::OnDelta& on_delta) override {
    if (left_.fetch_sub(1) <= 0) source.request_stop();
    return inner_->generate(view, config, stop, on_delta);
  }
  std::stop_source source;

 private:
  std::shared_ptr<model::Model> inner_;
  std::atomic<int> left_;
};

TEST_F(RunnerTest, StoppedAnywhereAndResumedIsTheSame) {
  const ExperimentSpec wanted = spec(3, 2, 7);
  run(*created("whole.duo", wanted, pool(drawn(15))), 1);
  for (std::uint32_t turns = 0; turns <= 42; turns += 3) {
    const std::uint32_t jobs = turns % 2 == 0 ? 1 : 4;
    const std::string name = std::to_string(turns) + ".duo";
    const auto stopping = std::make_shared<StopAfter>(drawn(15), turns);
    {
      const auto session = created(name, wanted, pool(stopping));
      const RunSummary summary = run(*session, jobs, stopping->source.get_token());
      EXPECT_EQ(summary.ended + summary.interrupted + summary.not_started, 6U);
      EXPECT_EQ(summary.failed, 0U);
      EXPECT_LE(summary.turns, 42U);
    }
    const auto session = resumed(name, pool(drawn(15)));
    const std::size_t pending = session->pending().size();
    const RunSummary summary = run(*session, jobs);
    EXPECT_EQ(summary.ended, pending);
    EXPECT_EQ(summary.outcomes.size(), pending) << "what had ended isn't run again";
    expect_same("whole.duo", name);
  }
}

TEST_F(RunnerTest, AStopComesAtOnce) {
  const auto session = created("a.duo", spec(4, 1, 100), pool(drawn(10, std::chrono::seconds(30))));
  std::stop_source source;
  std::jthread later([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  const RunSummary summary = run(*session, 2, source.get_token());
  EXPECT_EQ(summary.interrupted, 2U);
  EXPECT_EQ(summary.not_started, 2U);
  EXPECT_LT(summary.seconds, 5);
  const auto trials = recorded("a.duo");
  ASSERT_EQ(trials.size(), 2U);
  EXPECT_EQ(trials[0].end->cause, EndCause::kUser);
}

TEST_F(RunnerTest, AFailingTrialDoesNotEndTheOthers) {
  const ExperimentSpec wanted = spec(5, 1, 6);
  run(*created("whole.duo", wanted, pool(drawn(15))), 1);
  {
    const auto session = created("a.duo", wanted, pool(std::make_shared<FailsAt>(drawn(15), 3, 4)));
    const RunSummary summary = run(*session, 2);
    EXPECT_EQ(summary.ended, 4U);
    EXPECT_EQ(summary.paused, 1U);
    EXPECT_EQ(summary.failed, 0U);
    EXPECT_FALSE(summary.store_error);
    const TrialOutcome& failed = summary.outcomes[2];
    EXPECT_EQ(failed.turns, 3U);
    EXPECT_EQ(failed.error->kind, base::ErrorKind::kModel);
    EXPECT_EQ(failed.end->cause, EndCause::kPaused);
  }
  const auto trials = recorded("a.duo");
  EXPECT_EQ(trials[2].end->cause, EndCause::kPaused);
  EXPECT_EQ(trials[2].end->detail, "the model fell over");
  EXPECT_EQ(trials[2].texts.size(), 3U);
  // With the model back, only this one is left to do.
  const auto session = resumed("a.duo", pool(drawn(15)));
  ASSERT_EQ(session->pending().size(), 1U);
  EXPECT_EQ(session->pending()[0].id, 3U);
  EXPECT_EQ(run(*session, 2).ended, 1U);
  expect_same("whole.duo", "a.duo");
}

TEST_F(RunnerTest, NothingPendingNeedsNoModels) {
  run(*created("a.duo", spec(2, 1, 3), pool(drawn(15))), 1);
  ResumeOptions options;  // the recorded name "drawn" names nothing that could be opened
  const auto session = Session::resume(path("a.duo"), options);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE((*session)->pending().empty());
  EXPECT_EQ(run(**session, 4).outcomes.size(), 0U);
}

TEST_F(RunnerTest, MoreTurnsForAll) {
  run(*created("whole.duo", spec(3, 1, 10), pool(drawn(15))), 1);
  run(*created("a.duo", spec(3, 1, 6), pool(drawn(15))), 1);
  // Killed between the new limit and the first new turn: a plain resume keeps the promise.
  resumed("a.duo", pool(drawn(15)), 4);
  const auto session = resumed("a.duo", pool(drawn(15)));
  EXPECT_EQ(session->spec().turns, 10U);
  EXPECT_EQ(session->pending().size(), 3U);
  EXPECT_EQ(run(*session, 2).ended, 3U);
  expect_same("whole.duo", "a.duo");
}

TEST_F(RunnerTest, OneConversationGoesOnAfterAnyEnd) {
  model::Script script;
  script.replies = {"one", "one", "one", "two", "three", "four"};
  const ModelPool models = pool(model::make_scripted("script", script));
  ExperimentSpec wanted = spec(1, 1, 40);
  wanted.stop.same_text = 3;
  EXPECT_EQ(run(*created("a.duo", wanted, models), 1).outcomes[0].end->cause, EndCause::kSameText);
  EXPECT_TRUE(resumed("a.duo", models)->pending().empty());
  const auto session = resumed("a.duo", models, 4);
  EXPECT_EQ(session->spec().turns, 7U) << "four more than it has";
  const RunSummary summary = run(*session, 1);
  ASSERT_EQ(summary.outcomes.size(), 1U);
  EXPECT_EQ(summary.outcomes[0].end->cause, EndCause::kTurnLimit);
  EXPECT_EQ(summary.outcomes[0].turns, 7U);
}

TEST_F(RunnerTest, InAnExperimentOnlyTheLimitIsExtended) {
  model::Script script;
  script.replies = {"one", "one", "one"};
  const ModelPool models = pool(model::make_scripted("script", script));
  ExperimentSpec wanted = spec(2, 1, 40);
  wanted.stop.same_text = 3;
  run(*created("a.duo", wanted, models), 1);
  EXPECT_TRUE(resumed("a.duo", models, 4)->pending().empty());
}

TEST_F(RunnerTest, ForeverCantBeExtended) {
  ExperimentSpec wanted = spec(1, 1, 0);
  wanted.stop.tokens = 60;
  const RunSummary summary = run(*created("a.duo", wanted, pool(drawn(20))), 1);
  EXPECT_EQ(summary.outcomes[0].end->cause, EndCause::kBudget);
  EXPECT_EQ(summary.outcomes[0].turns, 3U);
  ResumeOptions options;
  options.more_turns = 4;
  const auto session = Session::resume(path("a.duo"), options);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, base::ErrorKind::kUsage);
}

TEST_F(RunnerTest, TheBudgetOfTokensIsEverybodys) {
  ExperimentSpec wanted = spec(10, 1, 10);
  wanted.budget.tokens = 1000;  // of 2,000
  {
    const auto session = created("a.duo", wanted, pool(drawn(20)));
    const RunSummary summary = run(*session, 3);
    EXPECT_TRUE(summary.out_of_budget);
    EXPECT_GE(summary.turns, 50U);
    EXPECT_LE(summary.turns, 53U) << "at most what was being said";
    EXPECT_GT(summary.cut_by_budget, 0U);
    EXPECT_GT(summary.not_started, 0U);
    EXPECT_EQ(summary.failed, 0U);
  }
  const auto session = resumed("a.duo", pool(drawn(20)));
  EXPECT_GE(session->tokens_used(), 1000U);
  EXPECT_GT(session->pending().size(), 0U);
  const RunSummary again = run(*session, 3);
  EXPECT_TRUE(again.out_of_budget);
  EXPECT_EQ(again.turns, 0U);
}

TEST_F(RunnerTest, TheBudgetOfTimeIsEachRuns) {
  ExperimentSpec wanted = spec(2, 1, 10);
  wanted.budget.time_ms = 3'600'000;
  run(*created("whole.duo", spec(2, 1, 10), pool(drawn(20))), 1);
  TestClock clock;
  // Every turn takes ten minutes.
  class Slow final : public model::Model {
   public:
    Slow(std::shared_ptr<model::Model> inner, TestClock& clock) : inner_(std::move(inner)), clock_(clock) {}
    const model::ModelInfo& info() const override { return inner_->info(); }
    base::Result<model::ModelOutput> generate(const chat::View& view, const model::GenerateConfig& config,
                                              std::stop_token stop, const model::OnDelta& on_delta) override {
      clock_.now += std::chrono::minutes(10);
      return inner_->generate(view, config, stop, on_delta);
    }

   private:
    std::shared_ptr<model::Model> inner_;
    TestClock& clock_;
  };
  const ModelPool models = pool(std::make_shared<Slow>(drawn(20), clock));
  const RunSummary first = run(*created("a.duo", wanted, models), 1, {}, {.clock = &clock});
  EXPECT_TRUE(first.out_of_budget);
  EXPECT_EQ(first.turns, 6U);
  EXPECT_EQ(first.outcomes[0].end->detail, "the experiment's budget of 1 h is used up");
  std::uint64_t turns = 6;
  for (int i = 0; i < 3; ++i) turns += run(*resumed("a.duo", models), 1, {}, {.clock = &clock}).turns;
  EXPECT_EQ(turns, 20U);
  expect_same("whole.duo", "a.duo");
}

// A crash between the last turn and the end's record: the turn isn't followed by another one.
TEST_F(RunnerTest, AnEndThatWasNotRecordedIsFoundAgain) {
  const ExperimentSpec wanted = spec(1, 1, 5);
  run(*created("whole.duo", wanted, pool(drawn(20))), 1);
  class NeverFinishes final : public engine::Recorder {
   public:
    explicit NeverFinishes(engine::Recorder& inner) : inner_(inner) {}
    base::Status record(const engine::Commit& commit) override { return inner_.record(commit); }
    base::Status finish(const engine::EndReason&) override {
      return base::fail(base::ErrorKind::kStore, "the power went");
    }

   private:
    engine::Recorder& inner_;
  };
  const ModelPool models = pool(drawn(20));
  {
    store::FileInfo info;
    info.spec_json = to_json(wanted);
    auto file = store::Store::create(path("a.duo"), info);
    ASSERT_TRUE(file) << file.error().message;
    const Trial trial = trials(wanted).front();
    auto seated = conversation_spec(wanted, trial, models);
    ASSERT_TRUE((*file)->add_trial(trial_row(wanted, trial, *seated)));
    auto inner = (*file)->recorder(1);
    ASSERT_TRUE(inner);
    NeverFinishes recorder(**inner);
    engine::ConversationDoors doors;
    doors.recorder = &recorder;
    engine::Conversation conversation(std::move(*seated), doors, stop_conditions(wanted, trial));
    EXPECT_FALSE(conversation.run({}));
  }
  EXPECT_FALSE(recorded("a.duo")[0].end);
  const RunSummary summary = run(*resumed("a.duo", models), 1);
  EXPECT_EQ(summary.turns, 0U);
  EXPECT_EQ(summary.ended, 1U);
  expect_same("whole.duo", "a.duo");
}

TEST_F(RunnerTest, AnotherModelUnderTheSameNameIsRefused) {
  {
    const auto stopping = std::make_shared<StopAfter>(drawn(20), 3);
    run(*created("a.duo", spec(1, 1, 9), pool(stopping)), 1, stopping->source.get_token());
  }
  const ModelPool models = pool(drawn(21));
  ResumeOptions options;
  options.models = &models;
  const auto session = Session::resume(path("a.duo"), options);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, base::ErrorKind::kUsage);
  EXPECT_NE(session.error().message.find("A's model drawn is now script"), std::string::npos)
      << session.error().message;
}

TEST_F(RunnerTest, FilesThatCantBeMade) {
  const ModelPool models = pool(drawn(20));
  created("a.duo", spec(1, 1, 3), models);
  const auto again = Session::create(path("a.duo"), spec(1, 1, 3), models);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, base::ErrorKind::kStore);
  const auto early = check_new_file(path("a.duo"));
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().message.find("`duologue resume " + path("a.duo") + "`"), std::string::npos);
  EXPECT_FALSE(check_new_file(path("none/a.duo")));
  EXPECT_TRUE(check_new_file(path("b.duo")));
  EXPECT_FALSE(Session::create(path("c.duo"), spec(1, 1, 3), ModelPool())) << "its model isn't open";
  EXPECT_FALSE(fs::exists(path("c.duo")));
  ResumeOptions options;
  EXPECT_EQ(Session::resume(path("none.duo"), options).error().kind, base::ErrorKind::kNotFound);
}

TEST_F(RunnerTest, TheFileSaysWhatRan) {
  ExperimentSpec wanted = spec(2, 1, 3);
  wanted.participants[1].model = "scripted:some/file.txt";
  const ModelPool models({{"drawn", drawn(20)}, {"scripted:some/file.txt", drawn(5)}});
  run(*created("a.duo", wanted, models), 1);
  auto reader = store::Reader::open(path("a.duo"));
  ASSERT_TRUE(reader);
  const auto info = (*reader)->file_info();
  ASSERT_TRUE(info);
  EXPECT_EQ(info->name, "test");
  EXPECT_EQ(info->seed, wanted.seed);
  EXPECT_EQ(info->determinism, "exact");
  const auto kept = spec_from_json(info->spec_json);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->participants[1].model, "scripted:" + fs::current_path().string() + "/some/file.txt")
      << "means the same from any folder";
  const auto trial = (*reader)->trial(2);
  ASSERT_TRUE(trial);
  EXPECT_EQ(trial->row.opening, "opening 1");
  EXPECT_EQ(trial->row.participants[1].model, "scripted:some/file.txt") << "as the user gave it";
  EXPECT_EQ(trial->row.participants[1].identity,
            models.models().at("scripted:some/file.txt")->info().identity);
}

TEST_F(RunnerTest, TheObserverIsToldOnce) {
  class Watch final : public RunObserver {
   public:
    void trial_started(const Trial& trial, std::uint32_t) override {
      EXPECT_TRUE(started.insert(trial.id).second);
    }
    void trial_ended(const TrialOutcome& outcome) override {
      EXPECT_TRUE(ended.insert(outcome.trial.id).second);
    }
    std::set<std::uint32_t> started, ended;
  };
  Watch watch;
  run(*created("a.duo", spec(12, 1, 3), pool(drawn(5))), 4, {}, {.observer = &watch});
  EXPECT_EQ(watch.started.size(), 12U);
  EXPECT_EQ(watch.ended, watch.started);
}

}  // namespace
}  // namespace duologue::experiment
