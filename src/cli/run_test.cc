#include "cli/run.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/json.h"
#include "cli/application.h"

namespace duologue::cli {
namespace {

namespace fs = std::filesystem;

struct Ran {
  ExitCode code = ExitCode::kDone;
  std::string out;
  std::string err;
};

// Whole command lines, in a folder of their own, with what they write caught.
class RunCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("run_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    write("talk.txt", "#generate 12\n");
    write("openings.txt", "Hello there\nGood morning\n");
    write("s.yaml", R"(name: a test!
participants:
  - {name: A, model: "scripted:talk.txt", sampling: {max_tokens: 10}}
  - {name: B, model: "scripted:talk.txt", sampling: {max_tokens: 20}}
opening: {file: openings.txt}
turns: 5
repeats: 3
seed: 5
)");
    setenv("XDG_DATA_HOME", path("data").c_str(), 1);
  }
  void TearDown() override {
    unsetenv("XDG_DATA_HOME");
    fs::remove_all(folder_);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  static std::string content(std::FILE* file) {
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    std::fclose(file);
    return text;
  }
  static Ran duologue(const std::vector<std::string>& words) {
    std::FILE* out = std::tmpfile();
    std::FILE* err = std::tmpfile();
    Ran ran;
    {
      CommandContext context;
      context.out = Output(out);
      context.err = Output(err);
      ran.code = run_application(words, context);
    }
    ran.out = content(out);
    ran.err = content(err);
    return ran;
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  fs::path folder_;
};

TEST_F(RunCommandTest, RunsAndSaysWhere) {
  const Ran ran = duologue({"run", path("s.yaml"), "-o", path("a.duo"), "--jobs", "3"});
  EXPECT_EQ(ran.code, ExitCode::kDone) << ran.err;
  EXPECT_EQ(ran.err, "");
  EXPECT_TRUE(ran.out.starts_with("recording to " + path("a.duo") + "\n")) << ran.out;
  EXPECT_TRUE(has(ran.out,
                  "a test!: 6 trials (2 openings × 3 repeats), 5 turns each, 3 at once, seed 5, determinism "
                  "exact\n"))
      << ran.out;
  for (int i = 1; i <= 6; ++i)
    EXPECT_TRUE(has(ran.out, "\ntrial " + std::to_string(i) + " of 6: 5 turns")) << ran.out;
  EXPECT_TRUE(has(ran.out, "\n6 trials: 6 said all turns.\n")) << ran.out;
  EXPECT_FALSE(has(ran.out, "\x1b")) << "not a terminal: plain lines";
  EXPECT_TRUE(has(ran.out, "duologue list " + path("a.duo")));
  // Nothing left to go on with.
  EXPECT_FALSE(has(ran.out, "duologue resume")) << ran.out;

  const Ran again = duologue({"run", path("s.yaml"), "-o", path("a.duo")});
  EXPECT_EQ(again.code, ExitCode::kStoreFailed);
  EXPECT_TRUE(has(again.err, "`duologue resume " + path("a.duo") + "`")) << again.err;
  EXPECT_EQ(again.out, "");
}

TEST_F(RunCommandTest, WithoutANameItLiesInTheDataFolder) {
  const Ran ran = duologue({"run", path("s.yaml")});
  EXPECT_EQ(ran.code, ExitCode::kDone) << ran.err;
  EXPECT_TRUE(ran.out.starts_with("recording to " + path("data/duologue/a-test--20"))) << ran.out;
  const std::string file = ran.out.substr(13, ran.out.find('\n') - 13);
  EXPECT_TRUE(file.ends_with(".duo"));
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(RunCommandTest, JsonIsOneObject) {
  const Ran ran = duologue({"run", path("s.yaml"), "-o", path("a.duo"), "--json"});
  EXPECT_EQ(ran.code, ExitCode::kDone);
  EXPECT_TRUE(ran.err.starts_with("recording to ")) << ran.err;
  const auto json = base::parse_json(ran.out);
  ASSERT_TRUE(json) << ran.out;
  EXPECT_EQ(base::unsigned_at(*json, "trials"), 6U);
  EXPECT_EQ(base::unsigned_at(*json, "finished"), 6U);
  EXPECT_EQ(base::unsigned_at(*json, "turns"), 30U);
  EXPECT_EQ((*json)["outcomes"].size(), 6U);
  EXPECT_EQ(base::string_at((*json)["outcomes"][5], "opening"), "Good morning");
  EXPECT_EQ(base::string_at((*json)["outcomes"][5]["end"], "cause"), "turn_limit");
}

TEST_F(RunCommandTest, DryRunsRunNothing) {
  const Ran ran = duologue({"run", path("s.yaml"), "-o", path("a.duo"), "--dry-run"});
  EXPECT_EQ(ran.code, ExitCode::kDone) << ran.err;
  // 5 turns: three of A's 10 tokens, two of B's 20.
  EXPECT_TRUE(has(ran.out, "at most 30 turns and 420 tokens of answers")) << ran.out;
  EXPECT_TRUE(has(ran.out, "6 trials (2 openings × 3 repeats), 5 turns each")) << ran.out;
  EXPECT_TRUE(has(ran.out, "scripted:" + path("talk.txt"))) << ran.out;
  EXPECT_FALSE(fs::exists(path("a.duo")));
  EXPECT_FALSE(fs::exists(path("data"))) << "nothing is made";
  const Ran json = duologue({"run", path("s.yaml"), "--dry-run", "--json"});
  const auto parsed = base::parse_json(json.out);
  ASSERT_TRUE(parsed) << json.out;
  EXPECT_EQ(base::unsigned_at(*parsed, "max_turns"), 30U);
  EXPECT_EQ(base::unsigned_at(*parsed, "max_answer_tokens"), 420U);
}

TEST_F(RunCommandTest, WrongSpecsAreUsage) {
  write("bad.yaml", "participants:\n  - {name: A, model: \"scripted:talk.txt\"}\ntruns: 5\n");
  const Ran bad = duologue({"run", path("bad.yaml")});
  EXPECT_EQ(bad.code, ExitCode::kUsage);
  EXPECT_EQ(bad.err, "duologue: " + path("bad.yaml") +
                         ":3:1: unknown key 'truns' in the spec; did you mean 'turns'?\n");
  EXPECT_EQ(bad.out, "");
  EXPECT_EQ(duologue({"run"}).code, ExitCode::kUsage);
  EXPECT_EQ(duologue({"run", path("none.yaml")}).code, ExitCode::kUsage);
  EXPECT_EQ(duologue({"run", path("s.yaml"), "--jobs", "0"}).code, ExitCode::kUsage);
  EXPECT_EQ(duologue({"run", path("s.yaml"), "--jobs", "1001"}).code, ExitCode::kUsage);
  EXPECT_TRUE(
      has(duologue({"run", path("s.yaml"), "--shard", "1/2"}).err, "--shard is not in this version yet"));
  EXPECT_EQ(duologue({"run", path("s.yaml"), "-o", path("no/such/folder/a.duo")}).code,
            ExitCode::kStoreFailed);
}

TEST_F(RunCommandTest, TheSchemaIsPrinted) {
  const Ran ran = duologue({"run", "--print-schema"});
  EXPECT_EQ(ran.code, ExitCode::kDone);
  const auto schema = base::parse_json(ran.out);
  ASSERT_TRUE(schema);
  EXPECT_EQ(base::string_at(*schema, "title"), "duologue experiment");
}

TEST_F(RunCommandTest, FailingTrialsAreToldAndCanBeTriedAgain) {
  write("talk.txt", "#error 4 out of words\none\ntwo\nthree\nfour\n");
  const Ran ran = duologue({"run", path("s.yaml"), "-o", path("a.duo")});
  EXPECT_EQ(ran.code, ExitCode::kModelFailed);
  EXPECT_TRUE(has(ran.out, "trial 6 of 6: paused after 3 turns: ")) << ran.out;
  EXPECT_TRUE(has(ran.out, "6 trials: 6 paused.\n6 trials (1, 2, 3, 4, 5, 6) paused: ")) << ran.out;
  EXPECT_TRUE(has(ran.out, "Go on:   duologue resume " + path("a.duo"))) << ran.out;
  EXPECT_TRUE(has(ran.err, "6 of 6 trials paused, the first is trial 1: ")) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << "one line";
}

TEST_F(RunCommandTest, CtrlCEndsCleanly) {
  write("talk.txt", "#pace 300\n#generate 30\n");
  std::jthread interrupt([this] {
    while (!fs::exists(path("a.duo"))) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    kill(getpid(), SIGINT);
  });
  const Ran ran = duologue({"run", path("s.yaml"), "-o", path("a.duo"), "--jobs", "2"});
  EXPECT_EQ(ran.code, ExitCode::kInterrupted);
  EXPECT_TRUE(has(ran.out, "6 trials: 2 not finished, 4 not started.\n")) << ran.out;
  EXPECT_TRUE(has(ran.out, "Go on:   duologue resume " + path("a.duo"))) << ran.out;
  EXPECT_EQ(ran.err, "");
}

}  // namespace
}  // namespace duologue::cli
