#include "engine/conversation.h"

#include <thread>

#include <gtest/gtest.h>

#include "engine/human.h"
#include "model/scripted/scripted_model.h"

namespace duologue::engine {
namespace {

using namespace std::chrono_literals;

// Keeps what it was given; can be told to fail.
class MemoryRecorder final : public Recorder {
 public:
  base::Status record(const Commit& commit) override {
    if (fail_after-- == 0) return base::fail(base::ErrorKind::kStore, "disk full");
    if (commit.fork_at) chain.resize(*commit.fork_at);
    for (const auto& entry : commit.entries) chain.push_back(entry);
    commits.push_back(commit);
    return {};
  }
  base::Status finish(const EndReason& reason) override {
    end = reason;
    return {};
  }

  std::vector<chat::EntryPtr> chain;
  std::vector<Commit> commits;
  std::optional<EndReason> end;
  int fail_after = -1;
};

std::shared_ptr<model::Model> scripted(std::string_view script) {
  return model::make_scripted("test", model::parse_script(script).value());
}

ConversationSpec spec_of(const std::shared_ptr<model::Model>& model, std::size_t people = 2) {
  ConversationSpec spec;
  for (std::size_t i = 0; i < people; ++i) {
    Participant participant;
    participant.name = std::string(1, static_cast<char>('A' + i));
    participant.model = model;
    spec.participants.push_back(participant);
  }
  spec.opening = "Hello there";
  return spec;
}

std::vector<std::unique_ptr<StopCondition>> turns(std::uint32_t n) {
  std::vector<std::unique_ptr<StopCondition>> conditions;
  conditions.push_back(stop_after_turns(n));
  return conditions;
}

std::vector<std::string> texts(const chat::Transcript& transcript) {
  std::vector<std::string> out;
  for (std::uint32_t i = 1; i <= transcript.turn_count(); ++i)
    out.push_back(transcript.turn(i)->as_turn()->text);
  return out;
}

TEST(Conversation, TakesTurnsUntilTheLimitAndRecordsEachOne) {
  MemoryRecorder recorder;
  Conversation conversation(spec_of(scripted("one\ntwo\nthree"), 3), {&recorder, {}, {}}, turns(7));
  const auto end = conversation.run({});
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->cause, EndCause::kTurnLimit);
  EXPECT_EQ(texts(conversation.transcript()),
            (std::vector<std::string>{"one", "two", "three", "one", "two", "three", "one"}));
  EXPECT_EQ(conversation.transcript().turn(5)->as_turn()->speaker, 1U);
  ASSERT_EQ(recorder.chain.size(), 8U);
  EXPECT_EQ(recorder.chain.back()->hash, conversation.transcript().head());
  ASSERT_TRUE(recorder.commits[1].call);
  EXPECT_FALSE(recorder.commits[1].call->view_hash.is_zero());
  EXPECT_EQ(recorder.end->cause, EndCause::kTurnLimit);
}

TEST(Conversation, ResumesToTheSameChainFromEveryPoint) {
  const auto model = scripted("#generate 12");
  MemoryRecorder whole;
  Conversation uninterrupted(spec_of(model), {&whole, {}, {}}, turns(9));
  ASSERT_TRUE(uninterrupted.run({}));
  for (std::size_t size = 0; size <= whole.chain.size(); ++size) {
    MemoryRecorder recorder;
    Conversation resumed(spec_of(model), {&recorder, {}, {}}, turns(9));
    resumed.restore({uninterrupted.transcript().fork(size), 0, false});
    ASSERT_TRUE(resumed.run({}));
    EXPECT_EQ(resumed.transcript().head(), uninterrupted.transcript().head()) << "from entry " << size;
    EXPECT_EQ(recorder.chain.size(), whole.chain.size() - size) << "nothing is recorded twice";
  }
}

TEST(Conversation, AStopRequestEndsItWithinTheTurnAndLosesNothing) {
  const auto model = scripted("#pace 10000\na b c d e f g h i j k l m n o p");
  MemoryRecorder recorder;
  Conversation conversation(spec_of(model), {&recorder, {}, {}}, turns(9));
  std::stop_source stop;
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(50ms);
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto end = conversation.run(stop.get_token());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->cause, EndCause::kUser);
  EXPECT_EQ(conversation.transcript().turn_count(), 0U);
  EXPECT_EQ(recorder.chain.size(), 1U) << "the opening";
}

TEST(Conversation, AFailingModelIsAnEndNotATurn) {
  MemoryRecorder recorder;
  Conversation conversation(spec_of(scripted("#error 3 no such luck\nhi")), {&recorder, {}, {}}, turns(9));
  const auto end = conversation.run({});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, base::ErrorKind::kModel);
  EXPECT_EQ(conversation.transcript().turn_count(), 2U);
  EXPECT_EQ(recorder.end->cause, EndCause::kPaused);
}

// What happens in which order, when recording and asking take time.
class OrderTest : public testing::Test {
 protected:
  struct SlowRecorder final : Recorder {
    explicit SlowRecorder(std::vector<std::string>& log) : events(log) {}
    base::Status record(const Commit&) override { return {}; }
    base::Status finish(const EndReason&) override {
      events.emplace_back("finish");
      return {};
    }
    void begin(const Commit& commit) override {
      turn = commit.entries.back()->turn;
      events.push_back("begin " + std::to_string(turn));
    }
    base::Status settle() override {
      events.push_back("settle " + std::to_string(turn));
      if (turn == fails_at) return base::fail(base::ErrorKind::kStore, "disk full");
      return {};
    }

    std::vector<std::string>& events;
    std::uint32_t turn = 0;
    std::uint32_t fails_at = 0;
  };

  struct SlowModel final : model::Model {
    explicit SlowModel(std::vector<std::string>& log) : events(log) {}
    const model::ModelInfo& info() const override { return model_info; }
    base::Result<model::ModelOutput> generate(const chat::View&, const model::GenerateConfig& config,
                                              std::stop_token stop, const model::OnDelta& on_delta) override {
      events.push_back("ask " + std::to_string(config.key.turn));
      config.on_waiting();
      config.on_waiting();
      if (stop.stop_requested()) return base::fail(base::ErrorKind::kCancelled, "cancelled");
      on_delta("word");
      model::ModelOutput output;
      output.turn.text = "word";
      return output;
    }

    std::vector<std::string>& events;
    model::ModelInfo model_info;
  };

  struct Log final : Observer {
    explicit Log(std::vector<std::string>& log) : events(log) {}
    void turn_started(chat::ParticipantId, std::uint32_t turn) override {
      events.push_back("started " + std::to_string(turn));
    }
    void delta(std::string_view) override { events.emplace_back("delta"); }
    void committed(const Commit& commit, const chat::Transcript& transcript) override {
      const std::uint32_t turn = commit.entries.back()->turn;
      EXPECT_EQ(transcript.turn_count(), turn) << "nothing later is in it yet";
      if (turn > 0) events.push_back("committed " + std::to_string(turn));
    }

    std::vector<std::string>& events;
  };

  struct Bystander final : Moderator {
    explicit Bystander(std::vector<std::string>& log) : events(log) {}
    chat::Author author() const override { return {chat::AuthorKind::kHuman, ""}; }
    base::Result<std::vector<Action>> act(const chat::Transcript&, std::stop_token) override {
      events.emplace_back("moderator");
      return std::vector<Action>{};
    }

    std::vector<std::string>& events;
  };

  std::vector<std::string> events;
  SlowRecorder recorder{events};
  Log log{events};
};

TEST_F(OrderTest, ATurnIsBeingRecordedWhileTheNextSpeakerIsAskedAndShownOnceItIs) {
  Conversation conversation(spec_of(std::make_shared<SlowModel>(events)), {&recorder, {&log}, {}}, turns(2));
  ASSERT_TRUE(conversation.run({}));
  EXPECT_EQ(events, (std::vector<std::string>{"started 1", "ask 1", "delta", "begin 1", "ask 2", "settle 1",
                                              "committed 1", "started 2", "delta", "begin 2", "settle 2",
                                              "committed 2", "finish"}));
}

TEST_F(OrderTest, NothingFollowsATurnThatCannotBeRecorded) {
  recorder.fails_at = 1;
  Conversation conversation(spec_of(std::make_shared<SlowModel>(events)), {&recorder, {&log}, {}}, turns(9));
  const auto end = conversation.run({});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().message, "disk full");
  EXPECT_EQ(events,
            (std::vector<std::string>{"started 1", "ask 1", "delta", "begin 1", "ask 2", "settle 1"}));
}

TEST_F(OrderTest, AModeratorIsAskedOnceTheTurnIsRecorded) {
  Bystander bystander(events);
  Conversation conversation(spec_of(std::make_shared<SlowModel>(events)), {&recorder, {&log}, {&bystander}},
                            turns(1));
  ASSERT_TRUE(conversation.run({}));
  EXPECT_EQ(events, (std::vector<std::string>{"moderator", "started 1", "ask 1", "delta", "begin 1",
                                              "settle 1", "committed 1", "finish"}));
}

// Fails twice after half of its words, then says all of them; at turn 3 it never does.
class Stumbles final : public model::Model {
 public:
  const model::ModelInfo& info() const override { return info_; }
  base::Result<model::ModelOutput> generate(const chat::View&, const model::GenerateConfig& config,
                                            std::stop_token, const model::OnDelta& on_delta) override {
    for (std::uint32_t number = 1; number <= 2; ++number) {
      on_delta("half");
      config.on_failed_attempt({number, {base::ErrorKind::kUnavailable, "503", std::nullopt}, 10ms});
    }
    if (config.key.turn == 3) return base::fail(base::ErrorKind::kUnavailable, "503; given up");
    on_delta("whole");
    model::ModelOutput output;
    output.turn.text = "whole";
    return output;
  }

 private:
  model::ModelInfo info_;
};

class CountsRestarts final : public Observer {
 public:
  void turn_restarts(const model::FailedAttempt& attempt) override { numbers.push_back(attempt.number); }
  std::vector<std::uint32_t> numbers;
};

TEST(Conversation, FailedAttemptsAreEventsOfTheirTurnAndNeverItsText) {
  MemoryRecorder recorder;
  CountsRestarts observer;
  Conversation conversation(spec_of(std::make_shared<Stumbles>()), {&recorder, {&observer}, {}}, turns(9));
  ASSERT_FALSE(conversation.run({}));
  EXPECT_EQ(texts(conversation.transcript()), (std::vector<std::string>{"whole", "whole"}));
  EXPECT_EQ(observer.numbers, (std::vector<std::uint32_t>{1, 2, 1, 2, 1, 2}));
  ASSERT_EQ(recorder.commits.size(), 4U) << "the opening, two turns, and what a turn that never came left";
  for (std::uint32_t i = 1; i <= 3; ++i) {
    const std::vector<Event>& events = recorder.commits[i].events;
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].turn, i);
    EXPECT_EQ(events[1].kind, "attempt_failed");
    EXPECT_EQ(events[1].detail, "attempt 2: 503");
  }
  EXPECT_TRUE(recorder.commits[3].entries.empty());
  EXPECT_EQ(recorder.end->cause, EndCause::kPaused);
  EXPECT_EQ(recorder.end->detail, "503; given up");
}

TEST(Conversation, AFailingRecorderEndsIt) {
  MemoryRecorder recorder;
  recorder.fail_after = 3;
  Conversation conversation(spec_of(scripted("hi")), {&recorder, {}, {}}, turns(9));
  const auto end = conversation.run({});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, base::ErrorKind::kStore);
  EXPECT_EQ(recorder.chain.size(), 3U);
}

TEST(Conversation, AnEmptyOpeningIsRefused) {
  MemoryRecorder recorder;
  ConversationSpec spec = spec_of(scripted("hi"));
  spec.opening = "";
  Conversation conversation(std::move(spec), {&recorder, {}, {}}, turns(1));
  const auto end = conversation.run({});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, base::ErrorKind::kUsage);
}

TEST(Conversation, EmptyTurnsAreKeptAndTheEventSaysWhatIsSentOn) {
  MemoryRecorder recorder;
  Conversation conversation(spec_of(scripted("\nword")), {&recorder, {}, {}}, turns(2));
  ASSERT_TRUE(conversation.run({}));
  EXPECT_EQ(texts(conversation.transcript()), (std::vector<std::string>{"", "word"}));
  ASSERT_EQ(recorder.commits[1].events.size(), 1U);
  EXPECT_EQ(recorder.commits[1].events[0].kind, "empty_turn");
}

TEST(Conversation, AFullContextForgetsByTheChain) {
  const auto model = scripted("#context 60\n#generate 8");
  ConversationSpec spec = spec_of(model);
  for (Participant& participant : spec.participants) participant.sampling.max_tokens = 10;
  MemoryRecorder recorder;
  Conversation conversation(spec, {&recorder, {}, {}}, turns(40));
  const auto end = conversation.run({});
  ASSERT_TRUE(end) << end.error().message;
  std::size_t cuts = 0;
  for (const auto& entry : conversation.transcript().entries()) cuts += entry->as_change() != nullptr;
  EXPECT_GT(cuts, 4U);
  EXPECT_LT(cuts, 30U) << "a cut keeps half, so it doesn't come every turn";
  // A fresh view of the chain is the one that the last turn was made from.
  const auto& last = *recorder.commits.back().call;
  const chat::Seat seat{last.participant, "", {}, {}, {}};
  EXPECT_EQ(chat::view_before_turn(conversation.transcript(), seat, 40).hash, last.view_hash);
}

TEST(Conversation, AContextThatHoldsNothingIsAnError) {
  ConversationSpec spec = spec_of(scripted("#context 20\nhi"));
  spec.participants[0].system_prompt =
      std::string(200, 'x') + " a b c d e f g h i j k l m n o p q r s t u v w";
  MemoryRecorder recorder;
  Conversation conversation(spec, {&recorder, {}, {}}, turns(4));
  const auto end = conversation.run({});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, base::ErrorKind::kContextOverflow);
}

// Answers once with the given actions before the given turn.
class Planned final : public Moderator {
 public:
  Planned(std::uint32_t turn, std::vector<Action> actions) : turn_(turn), actions_(std::move(actions)) {}
  chat::Author author() const override { return {chat::AuthorKind::kHuman, "ann"}; }
  base::Result<std::vector<Action>> act(const chat::Transcript& transcript, std::stop_token) override {
    if (transcript.turn_count() + 1 < turn_) return std::vector<Action>{};
    return std::exchange(actions_, {});
  }

 private:
  std::uint32_t turn_;
  std::vector<Action> actions_;
};

TEST(Conversation, AHumanSpeaksWhispersAndSpeaksAsAParticipant) {
  MemoryRecorder recorder;
  Planned moderator(3, {Inject{std::nullopt, "to all", {}}, Inject{1, "psst", {}}, SpeakAs{0, "as A"}});
  Conversation conversation(spec_of(scripted("1\n2\n3\n4\n5")), {&recorder, {}, {&moderator}}, turns(4));
  ASSERT_TRUE(conversation.run({}));
  const chat::Transcript& t = conversation.transcript();
  EXPECT_EQ(texts(t), (std::vector<std::string>{"1", "2", "as A", "4"}));
  EXPECT_EQ(t.turn(3)->as_turn()->author, (chat::Author{chat::AuthorKind::kHuman, "ann"}));
  EXPECT_EQ(t.turn(3)->as_turn()->stop_reason, chat::StopReason::kWritten);
  EXPECT_EQ(t.turn(4)->as_turn()->speaker, 1U) << "the one after A speaks next";
  const auto b = chat::view_before_turn(t, {1, "", {}, {}, {}}, 4);
  ASSERT_EQ(b.messages.size(), 5U);
  EXPECT_EQ(*b.messages[3].content, "psst");
  EXPECT_EQ(*b.messages[4].content, "as A");
  EXPECT_EQ(b.messages[4].role, chat::Role::kUser);
}

TEST(Conversation, AnEditForksAndKeepsTheOldHead) {
  MemoryRecorder recorder;
  Planned moderator(3, {Inject{1, "later words", {}}, EditLastTurn{"edited"}});
  Conversation conversation(spec_of(scripted("1\n2\n3\n4")), {&recorder, {}, {&moderator}}, turns(4));
  ASSERT_TRUE(conversation.run({}));
  EXPECT_EQ(texts(conversation.transcript()), (std::vector<std::string>{"1", "edited", "3", "4"}));
  EXPECT_EQ(conversation.transcript().turn(2)->as_turn()->speaker, 1U);
  const auto fork = std::find_if(recorder.commits.begin(), recorder.commits.end(),
                                 [](const Commit& commit) { return commit.fork_at.has_value(); });
  ASSERT_NE(fork, recorder.commits.end());
  EXPECT_EQ(*fork->fork_at, 2U);
  ASSERT_EQ(recorder.chain.size(), conversation.transcript().size());
  EXPECT_EQ(recorder.chain.back()->hash, conversation.transcript().head());
  EXPECT_EQ(conversation.transcript().entries()[3]->as_injection()->text, "later words");
}

TEST(Conversation, ChangesOfSamplingAreRecordedAndUsed) {
  chat::ConfigChange change;
  change.participant = 0;
  change.sampling = chat::Sampling{};
  change.sampling->temperature = 1.5;
  MemoryRecorder recorder;
  Planned moderator(2, {Change{change}});
  Conversation conversation(spec_of(scripted("x")), {&recorder, {}, {&moderator}}, turns(3));
  ASSERT_TRUE(conversation.run({}));
  EXPECT_EQ(recorder.commits.back().call->params, chat::to_json(*change.sampling));
  EXPECT_EQ(recorder.commits[1].call->params, chat::to_json(chat::Sampling{}));
}

TEST(Conversation, StopConditions) {
  const auto ends = [](std::string_view script, std::unique_ptr<StopCondition> condition) {
    MemoryRecorder recorder;
    auto conditions = turns(30);
    conditions.push_back(std::move(condition));
    Conversation conversation(spec_of(scripted(script)), {&recorder, {}, {}}, std::move(conditions));
    const EndReason end = conversation.run({}).value();
    return std::pair(end.cause, conversation.transcript().turn_count());
  };
  EXPECT_EQ(ends("a\nb\nb\nb\nb", stop_on_same_text(3)), std::pair(EndCause::kSameText, 4U));
  EXPECT_EQ(ends("one two three", stop_on_tokens(10)), std::pair(EndCause::kBudget, 4U));
  EXPECT_EQ(ends("a\nb", stop_on_same_text(2)), std::pair(EndCause::kTurnLimit, 30U));
  EXPECT_EQ(ends("#pace 30\na", stop_on_time(100ms)).first, EndCause::kBudget);
}

TEST(Conversation, AnEndedOneGoesOnWhenAskedForMore) {
  const auto model = scripted("same");
  MemoryRecorder first;
  auto conditions = turns(30);
  conditions.push_back(stop_on_same_text(3));
  Conversation conversation(spec_of(model), {&first, {}, {}}, std::move(conditions));
  ASSERT_EQ(conversation.run({})->cause, EndCause::kSameText);
  MemoryRecorder second;
  Conversation more(spec_of(model), {&second, {}, {}}, turns(5));
  more.restore({conversation.transcript(), 0, true});
  EXPECT_EQ(more.run({})->cause, EndCause::kTurnLimit);
  EXPECT_EQ(more.transcript().turn_count(), 5U);
}

TEST(HumanModerator, HoldsTheConversationUntilThePersonGoesOn) {
  std::atomic<int> waits{0};
  HumanModerator human("ann", [&waits] { ++waits; });
  human.pause();
  MemoryRecorder recorder;
  Conversation conversation(spec_of(scripted("hi")), {&recorder, {}, {&human}}, turns(2));
  std::jthread person([&] {
    while (waits == 0) std::this_thread::sleep_for(1ms);
    human.post(Inject{std::nullopt, "wait a moment", {}});
    while (waits == 1) std::this_thread::sleep_for(1ms);
    human.go_on();
  });
  ASSERT_TRUE(conversation.run({}));
  EXPECT_EQ(waits, 2);
  EXPECT_EQ(conversation.transcript().entries()[1]->as_injection()->text, "wait a moment");
  EXPECT_EQ(conversation.transcript().turn_count(), 2U);
}

TEST(HumanModerator, AStopRequestEndsTheWait) {
  HumanModerator human("ann");
  human.pause();
  MemoryRecorder recorder;
  Conversation conversation(spec_of(scripted("hi")), {&recorder, {}, {&human}}, turns(2));
  std::stop_source stop;
  std::jthread stopper([&stop] {
    std::this_thread::sleep_for(20ms);
    stop.request_stop();
  });
  EXPECT_EQ(conversation.run(stop.get_token())->cause, EndCause::kUser);
}

}  // namespace
}  // namespace duologue::engine
