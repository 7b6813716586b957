#include "experiment/import_logs.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "chat/nobody.h"
#include "experiment/session.h"
#include "store/import/provenance.h"
#include "store/import/read_conversations.h"
#include "store/reader.h"

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;

const std::string kAttractor =
    R"({"type":"config","timestamp":"2026-01-02T03:04:00Z","seed":"Hello there","model_a":"m1",)"
    R"("model_b":"m2","tools":["t"]})"
    "\n"
    R"({"type":"turn","timestamp":"2026-01-02T03:04:05Z","turn":0,"label":"Model A","response":"Hi"})"
    "\n"
    R"({"type":"turn","timestamp":"2026-01-02T03:04:06Z","turn":0,"label":"Model B","response":"[called t]",)"
    R"("tool_attempts":[{"tool":"t","reason":"bored"}]})"
    "\n"
    R"({"type":"turn","timestamp":"2026-01-02T03:04:07Z","turn":1,"label":"Model A","response":"Bye",)"
    R"("interjected":true})"
    "\n";

class ImportLogs : public testing::Test {
 protected:
  ImportLogs() {
    std::string name = (fs::temp_directory_path() / "duologue-import-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~ImportLogs() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }
  std::string out() const { return folder_ + "/out.duo"; }
  // Nothing of the import is left but what stood there.
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  std::string error_of(const std::vector<std::string>& paths, const ImportOptions& options = {}) {
    const auto done = import_logs(paths, out(), options);
    EXPECT_FALSE(done);
    EXPECT_FALSE(fs::exists(out()));
    return done ? "" : done.error().message;
  }

  std::string folder_;
};

TEST_F(ImportLogs, TheRecordHoldsWhatTheLogSays) {
  const std::string log = write("a.jsonl", kAttractor);
  const auto counts = import_logs({log}, out(), {});
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->conversations, 1u);
  EXPECT_EQ(counts->turns, 3u);
  EXPECT_EQ(files(), 2u);
  const auto reader = store::Reader::open(out()).value();
  const auto file = reader->file_info().value();
  EXPECT_EQ(file.determinism, "none");
  const auto from = store::imports_of(file);
  ASSERT_EQ(from.size(), 1u);
  EXPECT_EQ(from[0].file, log);
  EXPECT_EQ(from[0].format, "attractor-states");
  EXPECT_EQ(from[0].sha256, base::hash_bytes(kAttractor));
  EXPECT_EQ(from[0].bytes, kAttractor.size());

  const auto trial = reader->trial(1).value();
  EXPECT_EQ(trial.row.opening, "Hello there");
  EXPECT_EQ(trial.row.participants[1].model, "m2");
  EXPECT_EQ(trial.end->cause, engine::EndCause::kImported);
  const auto transcript = reader->transcript(1).value();
  const chat::Injection* seed = transcript.entries()[0]->as_injection();
  ASSERT_NE(seed, nullptr);
  EXPECT_EQ(seed->to, 0u);
  EXPECT_EQ(transcript.turn(2)->as_turn()->tool_calls.at(0).name, "t");
  EXPECT_EQ(transcript.turn(3)->as_turn()->author.kind, chat::AuthorKind::kHuman);
  EXPECT_EQ(reader->turn_times_ms(1).value(),
            (std::vector<std::int64_t>{1'767'323'045'000, 1'767'323'046'000, 1'767'323'047'000}));
  EXPECT_FALSE(reader->measurements(1)->empty());

  const auto direct = store::read_conversations(log).value();
  const auto imported = store::read_conversations(out()).value();
  ASSERT_EQ(imported.size(), 1u);
  EXPECT_EQ(imported[0].declared, direct[0].declared);
  EXPECT_EQ(imported[0].notes.size(), direct[0].notes.size());
  EXPECT_EQ(imported[0].turns.size(), direct[0].turns.size());
}

TEST_F(ImportLogs, UsageAndTimesAreKept) {
  const std::string log =
      write("b.json", R"({"metadata": {"agents": {"a": "m"}}, "messages": [)"
                      R"({"agent": "a", "output": "x", "timestamp": 1767323045, "duration_ms": 12.5,)"
                      R"( "usage": {"prompt_tokens": 7, "completion_tokens": 2}},)"
                      R"({"agent": "system", "output": "tick"}, {"agent": "b", "error": "timed out"}]})");
  ASSERT_TRUE(import_logs({log}, out(), {}));
  const auto reader = store::Reader::open(out()).value();
  const auto call = reader->call(1, 1).value();
  ASSERT_TRUE(call);
  EXPECT_EQ(call->model, "m");
  EXPECT_EQ(call->usage.prompt_tokens, 7u);
  EXPECT_EQ(call->timing.total_ms, 12.5);
  const auto transcript = reader->transcript(1).value();
  ASSERT_EQ(transcript.turn_count(), 2u) << "an error is no turn";
  EXPECT_EQ(transcript.turn(2)->as_turn()->speaker, chat::kNobody);
  bool noted = false;
  const auto events = reader->events(1).value();
  for (const auto& stored : events) {
    noted = noted || (stored.event.kind == "error" && stored.event.detail == "b: timed out");
  }
  EXPECT_TRUE(noted);
}

TEST_F(ImportLogs, ABrokenLineIsSkippedWithItsPlace) {
  std::string text = kAttractor;
  text.insert(text.find("{\"type\":\"turn\""), "{\"type\": \"turn\", broken\n");
  text += "{\"type\":\"turn\",\"turn\":1,\"la";  // cut off while it was written
  std::vector<std::string> skipped;
  ImportOptions options;
  options.on_skip = [&](const std::string& what) { skipped.push_back(what); };
  const auto counts = import_logs({write("a.jsonl", text)}, out(), options);
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->skipped, 2u);
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_NE(skipped[0].find("a.jsonl:2: byte "), std::string::npos) << skipped[0];
  EXPECT_NE(skipped[1].find("a.jsonl:6: byte "), std::string::npos) << skipped[1];
  std::size_t noted = 0;
  const auto read = store::read_conversations(out()).value();
  for (const store::LoggedNote& note : read[0].notes) noted += note.kind == "skipped" ? 1 : 0;
  EXPECT_EQ(noted, 2u);
  EXPECT_EQ(read[0].turns.size(), 3u);
}

TEST_F(ImportLogs, LeavesNothingBehindWhereItFails) {
  const std::string good = write("a.jsonl", kAttractor);
  const std::string bad = write("b.jsonl", R"({"type":"config","model_a":"x"})"
                                           "\n");
  EXPECT_NE(error_of({good, bad}).find("b.jsonl:1: byte 0: 'model_b' is missing"), std::string::npos);
  EXPECT_EQ(files(), 2u);
  EXPECT_NE(error_of({folder_ + "/none"}).find("no such file"), std::string::npos);
  EXPECT_NE(error_of({write("empty", "")}).find("is empty"), std::string::npos);
  ImportOptions options;
  options.format = store::LogFormat::kPidgin;
  const std::string mislabelled = error_of({good}, options);
  EXPECT_NE(mislabelled.find("is no pidgin log, its content is that of attractor-states"), std::string::npos)
      << mislabelled;
  std::stop_source stopped;
  stopped.request_stop();
  options = {};
  options.stop = stopped.get_token();
  EXPECT_NE(error_of({good}, options).find("stopped"), std::string::npos);
  EXPECT_EQ(files(), 3u);
}

TEST_F(ImportLogs, ARecordingIsNoLogAndAnImportIsNotResumed) {
  const std::string log = write("a.jsonl", kAttractor);
  ASSERT_TRUE(import_logs({log}, out(), {}));
  EXPECT_NE(import_logs({out()}, folder_ + "/again.duo", {}).error().message.find("is a recording already"),
            std::string::npos);
  EXPECT_NE(import_logs({log}, out(), {}).error().message.find("exists already"), std::string::npos);
  const auto resumed = Session::resume(out(), {});
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().kind, base::ErrorKind::kUsage);
  EXPECT_NE(resumed.error().message.find("holds imported conversations, which can't go on here"),
            std::string::npos);
}

}  // namespace
}  // namespace duologue::experiment
