#include "cli/json_view.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "store/store.h"

namespace duologue::cli {
namespace {

// A clock that stands still: both ways of telling then give the same times.
class StillClock final : public base::Clock {
 public:
  std::int64_t unix_ms() const override { return 1'700'000'000'000; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
};

std::string content_of(std::FILE* file) {
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

// Everything that a conversation can record, told live and read back: the same lines.
class JsonViewTest : public testing::Test {
 protected:
  JsonViewTest() {
    path_ = testing::TempDir() + "json_view_" + std::to_string(getpid()) + ".duo";
    TearDown();
    store::FileInfo info;
    info.seed = 7;
    seams_.clock = &clock_;
    store_ = store::Store::create(path_, info, store::Durability::kNormal, seams_).value();
    store::TrialRow row;
    row.opening = "Hello";
    for (const char* name : {"Ada", "Bob"}) {
      row.participants.emplace_back();
      row.participants.back().name = name;
    }
    EXPECT_TRUE(store_->add_trial(row));
    recorder_ = store_->recorder(1).value();
    reader_ = store::Reader::open(path_).value();
    out_file_ = std::tmpfile();
    out_ = std::make_unique<Output>(out_file_);
    store::TrialSummary names;
    names.row = row;
    view_ = std::make_unique<JsonView>(*out_, reader_->file_info().value(), names, clock_);
  }
  ~JsonViewTest() override { std::fclose(out_file_); }
  void TearDown() override {
    view_.reset();
    recorder_.reset();
    reader_.reset();
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path_ + suffix);
  }

  void commit(const engine::Commit& commit) {
    ASSERT_TRUE(recorder_->record(commit));
    view_->committed(commit, transcript_);
  }

  void inject(std::optional<chat::ParticipantId> to, const std::string& text, chat::AuthorKind author) {
    engine::Commit one;
    one.entries.push_back(
        transcript_.append(chat::Injection{to, chat::Placement::kAppended, text, {author, ""}}));
    commit(one);
  }

  engine::Commit turn(chat::ParticipantId speaker, const std::string& text) {
    chat::Turn said;
    said.speaker = speaker;
    said.text = text;
    engine::Commit one;
    one.entries.push_back(transcript_.append(said));
    const std::uint32_t number = transcript_.turn_count();
    one.call.emplace();
    one.call->participant = speaker;
    one.call->model = "scripted:x";
    one.call->params = R"({"temperature":0.7})";
    one.call->usage.completion_tokens = 3;
    if (number > 1) one.listener.push_back({number - 1, speaker, 1.25});
    one.measurements.push_back({.turn = number, .metric = "d_jac1", .participant = {}, .value = 0.5});
    return one;
  }

  std::string exported() {
    std::string text;
    EXPECT_TRUE(store::export_jsonl(*reader_, 1, {}, [&](std::string_view line) -> base::Status {
      text += line;
      return {};
    }));
    return text;
  }

  StillClock clock_;
  store::Seams seams_;
  std::string path_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<engine::Recorder> recorder_;
  std::unique_ptr<store::Reader> reader_;
  std::FILE* out_file_ = nullptr;
  std::unique_ptr<Output> out_;
  std::unique_ptr<JsonView> view_;
  chat::Transcript transcript_;
};

TEST_F(JsonViewTest, TellsWhatTheExportWillTell) {
  inject(0, "Hello", chat::AuthorKind::kHarness);
  commit(turn(0, "one"));
  inject(std::nullopt, "a remark", chat::AuthorKind::kHuman);
  engine::Commit found = turn(1, "two \x1b\xff");
  found.detections.push_back({.label = "converged",
                              .kind = "verbatim",
                              .onset = 1,
                              .detected_at = 2,
                              .period = 2,
                              .quote_turn = 2,
                              .quote = "two",
                              .by = "words repeat"});
  found.events.push_back({2, "empty_turn", "why not"});
  commit(found);
  EXPECT_EQ(content_of(out_file_), exported().substr(0, content_of(out_file_).size()));
  EXPECT_FALSE(content_of(out_file_).empty());  // the first turn's line came with the second turn
  commit(turn(0, "three"));

  // The last turn is edited.
  const std::size_t position = transcript_.position_of_turn(3);
  transcript_ = transcript_.fork(position);
  chat::Turn written;
  written.speaker = 0;
  written.author = {chat::AuthorKind::kHuman, ""};
  written.text = "three, edited";
  written.stop_reason = chat::StopReason::kWritten;
  engine::Commit edit;
  edit.fork_at = position;
  edit.entries.push_back(transcript_.append(written));
  commit(edit);

  commit(turn(1, "four"));
  inject(1, "psst", chat::AuthorKind::kHuman);
  engine::Commit flush;
  flush.listener.push_back({4, 0, 2.5});
  commit(flush);
  const engine::EndReason end{engine::EndCause::kTurnLimit, "4 turns"};
  ASSERT_TRUE(recorder_->finish(end));
  view_->ended(end, transcript_);
  EXPECT_EQ(content_of(out_file_), exported());
}

TEST_F(JsonViewTest, WithoutAnEndTheLastTurnIsToldAllTheSame) {
  inject(0, "Hello", chat::AuthorKind::kHarness);
  commit(turn(0, "one"));
  commit(turn(1, "two"));
  view_.reset();
  EXPECT_EQ(content_of(out_file_), exported());
}

}  // namespace
}  // namespace duologue::cli
