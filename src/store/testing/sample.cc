#include "store/testing/sample.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <utility>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace duologue::store {

namespace {

constexpr std::array<std::string_view, 9> kMetrics{"d_jac1", "d_jac2", "d_jac3", "d_jac4",    "d_jac5",
                                                   "d_jac6", "period", "length", "rel_length"};

}  // namespace

TempFolder::TempFolder(bool in_memory) {
  const bool shm = in_memory && access("/dev/shm", W_OK) == 0;
  const std::string parent = shm ? "/dev/shm" : std::filesystem::temp_directory_path().string();
  std::string pattern = parent + "/duologue-store-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder at " << pattern;
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void must(const base::Status& status) { ASSERT_TRUE(status) << status.error().message; }

std::unique_ptr<Store> made(const std::string& path, Durability durability) {
  auto store = Store::create(path, sample_info(), durability);
  EXPECT_TRUE(store) << store.error().message;
  return store ? std::move(*store) : nullptr;
}

std::unique_ptr<Reader> reading(const std::string& path) {
  auto reader = Reader::open(path);
  EXPECT_TRUE(reader) << reader.error().message;
  return reader ? std::move(*reader) : nullptr;
}

std::unique_ptr<engine::Recorder> recorder_of(Store& store, std::uint32_t trial) {
  auto recorder = store.recorder(trial);
  EXPECT_TRUE(recorder) << recorder.error().message;
  return recorder ? std::move(*recorder) : nullptr;
}

chat::Transcript read_back(const std::string& path, std::uint32_t trial) {
  auto transcript = reading(path)->transcript(trial);
  EXPECT_TRUE(transcript) << transcript.error().message;
  return transcript ? std::move(*transcript) : chat::Transcript();
}

FileInfo sample_info() {
  FileInfo info;
  info.name = "sample";
  info.spec_json = R"({"name":"sample","turns":4})";
  info.seed = 0xfedc'ba98'7654'3210;
  info.duologue_version = "0.1.0";
  info.determinism = "exact";
  info.build = R"({"compiler":"g++","threads":2})";
  info.instrument = R"({"lags":6})";
  info.created_ms = 1'600'000'000'000;
  return info;
}

TrialRow sample_trial(std::uint32_t id) {
  TrialRow trial;
  trial.id = id;
  trial.opening = "Hello there";
  trial.repeat = 2;
  TrialParticipant a;
  a.name = "Ada";
  a.model = "smollm2";
  a.model_resolved = "gguf:/models/smollm2.gguf";
  a.identity = "sha256:aaaa";
  a.system_prompt = "Be brief.";
  a.sampling.temperature = 0.1 + 0.2;
  TrialParticipant b = a;
  b.name = "Bob";
  b.memory = {chat::MemoryKind::kWindow, 8};
  b.reasoning = chat::ReasoningPolicy::kShare;
  b.raw_prompt = true;
  b.sampling.stop = {"\n\n"};
  trial.participants = {a, b};
  return trial;
}

engine::Commit SampleTalk::commit_of(const chat::EntryPtr& entry) {
  engine::Commit commit;
  commit.fork_at = std::exchange(fork_at_, std::nullopt);
  commit.entries.push_back(entry);
  return commit;
}

engine::Commit SampleTalk::inject(chat::Injection injection) {
  return commit_of(transcript_.append(std::move(injection)));
}

engine::Commit SampleTalk::change(chat::ConfigChange change) {
  return commit_of(transcript_.append(std::move(change)));
}

engine::Commit SampleTalk::say(const std::string& text) {
  chat::Turn turn;
  turn.speaker = transcript_.turn_count() % 2;
  turn.author = {chat::AuthorKind::kModel, turn.speaker == 0 ? "Ada" : "Bob"};
  turn.text = text;
  return say(std::move(turn));
}

engine::Commit SampleTalk::say(chat::Turn turn) {
  const chat::ParticipantId speaker = turn.speaker;
  engine::Commit commit = commit_of(transcript_.append(std::move(turn)));
  const std::uint32_t number = transcript_.turn_count();
  engine::Call call;
  call.participant = speaker;
  call.model = "gguf:/models/smollm2.gguf";
  call.identity = "sha256:aaaa";
  call.params = R"({"temperature":0.7})";
  call.seed = ~std::uint64_t{number};
  call.view_hash = base::hash_bytes("view " + std::to_string(number));
  if (number % 2 == 1) call.prompt_hash = base::hash_bytes("prompt " + std::to_string(number));
  call.usage = {100 + number, 20, 200};
  call.timing = {1.5, 20.25 + number};
  call.stats = {2.5, std::nullopt};
  commit.call = call;
  if (number > 1) commit.listener.push_back({number - 1, speaker, 1.25 + number});
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    const bool missing = i < 6 && number <= i + 1;
    commit.measurements.push_back(
        {number, kMetrics[i], std::nullopt,
         missing ? std::nullopt : std::optional(1.0 / (static_cast<double>(i) + number))});
  }
  return commit;
}

void SampleTalk::edit_before_turn(std::uint32_t number) {
  const std::size_t size = transcript_.position_of_turn(number);
  fork_at_ = size;
  transcript_ = transcript_.fork(size);
}

bool same(const chat::Transcript& a, const chat::Transcript& b) {
  if (a.size() != b.size() || a.head() != b.head()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a.entries()[i]->hash != b.entries()[i]->hash || a.entries()[i]->turn != b.entries()[i]->turn)
      return false;
    const chat::Turn* x = a.entries()[i]->as_turn();
    const chat::Turn* y = b.entries()[i]->as_turn();
    if ((x == nullptr) != (y == nullptr)) return false;
    if (x == nullptr) continue;
    if (x->text != y->text || (x->tokens == nullptr) != (y->tokens == nullptr)) return false;
    if (x->tokens && (x->tokens->ids != y->tokens->ids || x->tokens->tokenizer != y->tokens->tokenizer))
      return false;
  }
  return true;
}

}  // namespace duologue::store
