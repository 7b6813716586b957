#include "store/store.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store/reader.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

// What was recorded beside the two turns of the test below.
void expect_records_of_two_turns(Reader& reader) {
  const auto calls = *reader.calls(1);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1].turn, 2u);
  EXPECT_EQ(calls[1].call.seed, ~std::uint64_t{2});
  EXPECT_EQ(calls[1].call.view_hash, base::hash_bytes("view 2"));
  EXPECT_TRUE(calls[1].call.prompt_hash.is_zero());
  EXPECT_EQ(calls[0].call.prompt_hash, base::hash_bytes("prompt 1"));
  EXPECT_EQ(calls[1].call.usage.prompt_tokens, 102u);
  EXPECT_EQ(calls[1].call.timing.total_ms, 22.25);
  EXPECT_EQ(calls[1].call.stats.entropy_bits, 2.5);
  EXPECT_EQ(calls[1].call.stats.surprisal_bpb, std::nullopt);
  EXPECT_EQ((*reader.call(1, 2))->params, R"({"temperature":0.7})");
  EXPECT_EQ(reader.call(1, 3).error().kind, ErrorKind::kNotFound);

  const auto measurements = *reader.measurements(1);
  ASSERT_EQ(measurements.size(), 18u);
  EXPECT_EQ(measurements[0].metric, "d_jac1");
  EXPECT_EQ(measurements[0].value, std::nullopt);
  EXPECT_EQ(measurements[9].turn, 2u);
  EXPECT_EQ(measurements[9].value, 0.5);
  EXPECT_EQ(measurements[9].participant, std::nullopt);
  const auto listener = *reader.listener_stats(1);
  ASSERT_EQ(listener.size(), 1u);
  EXPECT_EQ(listener[0].turn, 1u);
  EXPECT_EQ(listener[0].listener, 1u);
  EXPECT_EQ(listener[0].surprisal_bpb, 3.25);
  const auto detections = *reader.detections(1);
  ASSERT_EQ(detections.size(), 2u);
  EXPECT_EQ(detections[1].quote, "tw");
  EXPECT_EQ(detections[1].period, std::nullopt);
  const auto events = *reader.events(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].event.kind, "empty_turn");
  EXPECT_EQ(events[0].seq, 3u);
  EXPECT_EQ(reader.turn_times_ms(1)->size(), 2u);
}

TEST(StoreTest, GivesBackWhatItWasGiven) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  SampleTalk talk;
  {
    const auto store = made(path);
    must(store->add_trial(sample_trial()));
    const auto recorder = recorder_of(*store, 1);
    must(recorder->record(
        talk.inject({0, chat::Placement::kAppended, "Hello there", {chat::AuthorKind::kHarness, ""}})));
    must(recorder->record(talk.say("one")));
    engine::Commit two = talk.say("two");
    two.detections.push_back({"converged", "verbatim", 1, 2, 2, 1, "one", "words repeat"});
    two.detections.push_back({"repetition", "", 2, 2, std::nullopt, 2, "tw", "words repeat"});
    two.events.push_back({2, "empty_turn", "kept"});
    must(recorder->record(two));
    must(recorder->finish({engine::EndCause::kTurnLimit, "2 turns"}));
  }
  const auto reader = reading(path);
  const FileInfo info = *reader->file_info();
  EXPECT_EQ(info.name, "sample");
  EXPECT_EQ(info.spec_json, sample_info().spec_json);
  EXPECT_EQ(info.seed, sample_info().seed);
  EXPECT_EQ(info.determinism, "exact");
  EXPECT_EQ(info.created_ms, sample_info().created_ms);
  EXPECT_EQ(info.uid.size(), 32u);

  const auto trials = *reader->trials();
  ASSERT_EQ(trials.size(), 1u);
  const TrialSummary& trial = trials[0];
  EXPECT_EQ(trial.row.opening, "Hello there");
  EXPECT_EQ(trial.row.repeat, 2u);
  ASSERT_EQ(trial.row.participants.size(), 2u);
  EXPECT_EQ(trial.row.participants[0].sampling.temperature, 0.1 + 0.2);
  EXPECT_EQ(trial.row.participants[1].memory, (chat::MemoryPolicy{chat::MemoryKind::kWindow, 8}));
  EXPECT_EQ(trial.row.participants[1].reasoning, chat::ReasoningPolicy::kShare);
  EXPECT_TRUE(trial.row.participants[1].raw_prompt);
  EXPECT_EQ(trial.row.participants[1].sampling.stop, std::vector<std::string>{"\n\n"});
  EXPECT_EQ(trial.turns, 2u);
  EXPECT_EQ(trial.entries, 3u);
  ASSERT_TRUE(trial.end);
  EXPECT_EQ(trial.end->cause, engine::EndCause::kTurnLimit);
  EXPECT_EQ(trial.end->detail, "2 turns");
  ASSERT_TRUE(trial.converged);
  EXPECT_EQ(trial.converged->onset, 1u);
  EXPECT_EQ(trial.converged->period, 2u);
  EXPECT_EQ(trial.labels, (std::vector<std::string>{"converged", "repetition"}));

  EXPECT_TRUE(same(*reader->transcript(1), talk.transcript()));
  expect_records_of_two_turns(*reader);
}

TEST(StoreTest, KeepsEveryByteOfATurn) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  SampleTalk talk;
  const std::vector<std::string> texts{
      "",        "\xff\xfe broken", std::string("nul \0 inside", 12), "<|im_end|>",
      "\x1b[2J", "\xe2\x80\x8b",    std::string(300'000, 'x')};
  {
    const auto store = made(path);
    TrialRow trial = sample_trial();
    trial.opening = "open \xff";
    trial.participants[0].system_prompt = "sys \xc0";
    must(store->add_trial(trial));
    const auto recorder = recorder_of(*store, 1);
    for (const std::string& text : texts) must(recorder->record(talk.say(text)));
    chat::Turn turn;
    turn.author = {chat::AuthorKind::kHuman, "M\xff"};
    turn.text = "x";
    turn.reasoning = "because \xff";
    turn.stop_reason = chat::StopReason::kToolCall;
    turn.tool_calls = {{"1", "exit", "{\"a\":\"\xff\"}", std::string("denied\0", 7)}, {"2", "b", "", ""}};
    turn.tokens = std::make_shared<chat::TokenIds>(
        chat::TokenIds{{0, 127, 128, 49151, 2147483647, -1}, base::hash_bytes("vocabulary")});
    must(recorder->record(talk.say(turn)));
    must(recorder->record(talk.inject(
        {std::nullopt, chat::Placement::kReplacing, "say \xff", {chat::AuthorKind::kModerator, "m"}})));
  }
  const chat::Transcript back = read_back(path);
  EXPECT_TRUE(same(back, talk.transcript()));
  EXPECT_EQ(back.turn(8)->as_turn()->tool_calls, talk.transcript().turn(8)->as_turn()->tool_calls);
  EXPECT_EQ(back.turn(8)->as_turn()->reasoning, "because \xff");
  const TrialSummary trial = *reading(path)->trial(1);
  EXPECT_EQ(trial.row.opening, "open \xff");
  EXPECT_EQ(trial.row.participants[0].system_prompt, "sys \xc0");
}

TEST(StoreTest, KeepsConfigurationChanges) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  SampleTalk talk;
  chat::ConfigChange everything;
  everything.participant = 1;
  everything.model = "gemma3-270m";
  everything.system_prompt = "now \xff this";
  everything.sampling.emplace();
  everything.sampling->temperature = 1.0 / 3;
  everything.sampling->stop = {"a", "b"};
  everything.memory = chat::MemoryPolicy{chat::MemoryKind::kFull, 7};
  everything.forget_through_turn = 12;
  everything.cause = "context full";
  everything.author = {chat::AuthorKind::kModerator, "nurse"};
  {
    const auto store = made(path);
    must(store->add_trial(sample_trial()));
    const auto recorder = recorder_of(*store, 1);
    must(recorder->record(talk.change(everything)));
    must(recorder->record(talk.change({})));
    chat::ConfigChange wrong;
    wrong.sampling.emplace();
    wrong.sampling->temperature = -1;
    SampleTalk other = talk;
    const base::Status refused = recorder->record(other.change(wrong));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kInternal);
    must(recorder->record(talk.say("still in order")));
  }
  const chat::Transcript back = read_back(path);
  ASSERT_TRUE(same(back, talk.transcript()));
  const chat::ConfigChange& change = *back.entries()[0]->as_change();
  EXPECT_EQ(change.sampling, everything.sampling);
  EXPECT_EQ(change.memory, everything.memory);
  EXPECT_EQ(change.forget_through_turn, 12u);
  EXPECT_EQ(change.author, everything.author);
}

// Two forks, one of them at a place before the first one's own beginning.
TEST(StoreTest, ForksShareWhatCameBefore) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  SampleTalk talk;
  std::vector<chat::Transcript> lines;
  {
    const auto store = made(path);
    must(store->add_trial(sample_trial()));
    const auto recorder = recorder_of(*store, 1);
    must(recorder->record(talk.inject({0, chat::Placement::kAppended, "Hello", {}})));
    for (const char* text : {"one", "two", "three", "four"}) must(recorder->record(talk.say(text)));
    lines.push_back(talk.transcript());
    talk.edit_before_turn(4);
    must(recorder->record(talk.say("edited four")));
    must(recorder->record(talk.say("five")));
    lines.push_back(talk.transcript());
    talk.edit_before_turn(2);
    must(recorder->record(talk.say("edited two")));
    lines.push_back(talk.transcript());
  }
  {
    // Goes on where the head stands, also in a new process.
    auto store = Store::open(path, Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    const auto recorder = recorder_of(**store, 1);
    must(recorder->record(talk.say("three again")));
    lines.back() = talk.transcript();
    talk.edit_before_turn(1);
    must(recorder->record(talk.say("another one")));
    lines.push_back(talk.transcript());
  }
  const auto reader = reading(path);
  const auto branches = *reader->branches(1);
  ASSERT_EQ(branches.size(), 4u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_TRUE(same(*reader->transcript(1, branches[i].id), lines[i])) << i;
    EXPECT_EQ(branches[i].entries, lines[i].size());
    EXPECT_EQ(branches[i].turns, lines[i].turn_count());
    EXPECT_EQ(branches[i].head, i == 3);
    // Findings go with the turns that a branch shares.
    EXPECT_EQ(reader->measurements(1, branches[i].id)->size(), 9 * lines[i].turn_count());
    EXPECT_EQ(reader->calls(1, branches[i].id)->size(), lines[i].turn_count());
  }
  EXPECT_EQ(branches[1].parent, branches[0].id);
  EXPECT_EQ(branches[2].parent, branches[0].id);  // the owner of the last shared entry
  EXPECT_TRUE(same(*reader->transcript(1), lines[3]));
  EXPECT_EQ(reader->transcript(1, 99).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(reader->transcript(2).error().kind, ErrorKind::kNotFound);
}

TEST(StoreTest, RefusesWhatDoesNotContinueTheChain) {
  const TempFolder folder;
  const auto store = made(folder / "a.duo");
  must(store->add_trial(sample_trial()));
  const auto recorder = recorder_of(*store, 1);
  SampleTalk talk;
  const engine::Commit one = talk.say("one");
  const engine::Commit two = talk.say("two");
  EXPECT_EQ(recorder->record(two).error().kind, ErrorKind::kInternal);
  must(recorder->record(one));
  EXPECT_EQ(recorder->record(one).error().kind, ErrorKind::kInternal);
  engine::Commit far = two;
  far.fork_at = 5;
  EXPECT_EQ(recorder->record(far).error().kind, ErrorKind::kInternal);
  engine::Commit finding = two;
  finding.measurements.push_back({7, "d_jac1", std::nullopt, 1.0});
  EXPECT_EQ(recorder->record(finding).error().kind, ErrorKind::kInternal);
  engine::Commit call;
  call.call = one.call;
  EXPECT_EQ(recorder->record(call).error().kind, ErrorKind::kInternal);
  must(recorder->record(two));
  EXPECT_FALSE(store->add_trial(sample_trial()));
  EXPECT_EQ(store->recorder(2).error().kind, ErrorKind::kNotFound);
}

TEST(StoreTest, KeepsTheOldEndOfATalkThatGoesOn) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  SampleTalk talk;
  {
    const auto store = made(path);
    must(store->add_trial(sample_trial()));
    const auto recorder = recorder_of(*store, 1);
    must(recorder->record(talk.say("one")));
    must(recorder->finish({engine::EndCause::kTurnLimit, "1 turns"}));
  }
  {
    auto store = Store::open(path, Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    must((*store)->set_spec(R"({"turns":3})"));
    const auto recorder = recorder_of(**store, 1);
    EXPECT_TRUE(reading(path)->trial(1)->end);  // until something is recorded
    must(recorder->record(talk.say("two")));
    EXPECT_FALSE(reading(path)->trial(1)->end);
    must(recorder->finish({engine::EndCause::kUser, ""}));
    must(recorder->finish({engine::EndCause::kTurnLimit, "2 turns"}));
    FileInfo other = sample_info();
    other.build = "another";
    must((*store)->add_run(other));
  }
  const auto reader = reading(path);
  EXPECT_EQ(reader->trial(1)->end->detail, "2 turns");
  const auto events = *reader->events(1);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event.kind, "ended");
  EXPECT_EQ(events[0].event.detail, "turn_limit: 1 turns");
  EXPECT_EQ(events[0].event.turn, 1u);
  EXPECT_EQ(events[1].event.detail, "user");
  const auto runs = *reader->runs();
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].spec_json, sample_info().spec_json);
  EXPECT_EQ(runs[1].spec_json, R"({"turns":3})");
  EXPECT_EQ(runs[1].build, sample_info().build);
  EXPECT_EQ(reader->file_info()->build, "another");
  EXPECT_EQ(reader->file_info()->created_ms, sample_info().created_ms);
}

TEST(StoreTest, RefusesAnExistingFile) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  std::ofstream(path) << "precious";
  const auto refused = Store::create(path, sample_info());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kStore);
  EXPECT_NE(refused.error().message.find("exists already"), std::string::npos);
  EXPECT_EQ(fs::file_size(path), 8u);
  std::ofstream(folder / "b.duo-wal") << "stale";
  const auto stale = Store::create(folder / "b.duo", sample_info());
  ASSERT_FALSE(stale);
  EXPECT_NE(stale.error().message.find("left over"), std::string::npos);
}

TEST(StoreTest, RefusesAPlaceThatCannotBeWritten) {
  const TempFolder folder;
  const auto missing = Store::create(folder / "no/such/a.duo", sample_info());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kStore);
  EXPECT_NE(missing.error().message.find("its folder doesn't exist"), std::string::npos)
      << missing.error().message;
  std::ofstream(folder / "file") << "x";
  EXPECT_FALSE(Store::create(folder / "file/a.duo", sample_info()));
  EXPECT_EQ(Store::open(folder / "nothing.duo").error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(Store::open(folder.path()));
}

TEST(StoreTest, LeavesOneFileBehind) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  {
    const auto store = made(path);
    must(store->add_trial(sample_trial()));
    EXPECT_TRUE(fs::exists(path + ".lock"));
  }
  reading(path)->trials();
  const auto count = std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator());
  EXPECT_EQ(count, 1);
}

TEST(StoreTest, ClosesBesideAReaderThatStays) {
  const TempFolder folder(true);
  const std::string path = folder / "a.duo";
  auto store = made(path);
  must(store->add_trial(sample_trial()));
  SampleTalk talk;
  must(recorder_of(*store, 1)->record(talk.say("one")));
  const auto reader = reading(path);
  must(reader->for_each_turn(1, {}, [&](const TurnRecord&) -> base::Status {
    const auto start = std::chrono::steady_clock::now();
    store.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
    auto again = Store::open(path, Durability::kNormal);
    EXPECT_TRUE(again) << again.error().message;
    must(recorder_of(**again, 1)->record(talk.say("two")));
    return {};
  }));
  EXPECT_TRUE(same(*reader->transcript(1), talk.transcript()));
}

TEST(StoreTest, HasOneWriter) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  auto store = made(path);
  const auto second = Store::open(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kStore);
  EXPECT_NE(second.error().message.find("locked by another run (pid " + std::to_string(getpid()) + ")"),
            std::string::npos)
      << second.error().message;
  fs::create_symlink(path, folder / "link.duo");
  EXPECT_FALSE(Store::open(folder / "link.duo"));
  store.reset();
  EXPECT_TRUE(Store::open(path));
}

TEST(StoreTest, RecordsManyConversationsAtOnce) {
  constexpr std::uint32_t kTalks = 24;
  constexpr int kTurns = 30;
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  std::vector<SampleTalk> talks(kTalks);
  {
    const auto store = made(path);
    std::vector<std::jthread> threads;
    for (std::uint32_t t = 0; t < kTalks; ++t) {
      threads.emplace_back([&store, &talk = talks[t], t] {
        must(store->add_trial(sample_trial(t + 1)));
        const auto recorder = recorder_of(*store, t + 1);
        for (int i = 0; i < kTurns; ++i) {
          must(recorder->record(talk.say("turn " + std::to_string(i) + " of " + std::to_string(t))));
          // A commit that is refused takes no other of its transaction with it.
          engine::Commit impossible;
          impossible.fork_at = 1'000;
          if (i % 10 == 3) {
            EXPECT_FALSE(recorder->record(impossible));
          }
        }
        must(recorder->finish({engine::EndCause::kTurnLimit, ""}));
      });
    }
  }
  const auto reader = reading(path);
  ASSERT_EQ(reader->trials()->size(), kTalks);
  for (std::uint32_t t = 0; t < kTalks; ++t) {
    EXPECT_TRUE(same(*reader->transcript(t + 1), talks[t].transcript())) << t;
    EXPECT_EQ(reader->measurements(t + 1)->size(), 9u * kTurns);
  }
}

TEST(StoreTest, IsReadWhileItIsWritten) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  const auto store = made(path);
  must(store->add_trial(sample_trial()));
  const auto recorder = recorder_of(*store, 1);
  const auto reader = reading(path);
  SampleTalk talk;
  for (int i = 0; i < 20; ++i) {
    must(recorder->record(talk.say("turn " + std::to_string(i))));
    EXPECT_TRUE(same(*reader->transcript(1), talk.transcript()));
  }
  // A walk sees one state, whatever is recorded meanwhile.
  std::uint32_t seen = 0;
  must(reader->for_each_turn(1, {}, [&](const TurnRecord& record) -> base::Status {
    EXPECT_EQ(record.turn->turn, ++seen);
    return recorder->record(talk.say("more"));
  }));
  EXPECT_EQ(seen, 20u);
  EXPECT_EQ(reader->trial(1)->turns, 40u);
}

}  // namespace
}  // namespace duologue::store
