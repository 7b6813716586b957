// What is left when the recording process is killed.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "store/reader.h"
#include "store/store.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;

// A process that dies takes its lock with it, and leaves what it recorded.
TEST(KillTest, GoesOnAfterItsProcessWasKilled) {
  const TempFolder folder;
  const std::string path = folder / "a.duo";
  SampleTalk talk;
  const engine::Commit one = talk.say("one");
  const pid_t child = fork();
  if (child == 0) {
    auto store = Store::create(path, sample_info());
    if (!store || !(*store)->add_trial(sample_trial())) _exit(1);
    auto recorder = (*store)->recorder(1);
    if (!recorder || !(*recorder)->record(one)) _exit(1);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_TRUE(fs::exists(path + "-wal"));
  EXPECT_TRUE(same(read_back(path), talk.transcript()));  // readable as it lies there
  EXPECT_FALSE(reading(path)->trial(1)->end);
  auto store = Store::open(path);
  ASSERT_TRUE(store) << store.error().message;
  must(recorder_of(**store, 1)->record(talk.say("two")));
  EXPECT_TRUE(same(read_back(path), talk.transcript()));
}

// What record() answered for is there, whenever the process dies; what it didn't is there whole or not at
// all.
TEST(KillTest, SurvivesKillsAtAnyMoment) {
  const TempFolder folder(true);
  const std::string path = folder / "a.duo";
  must(made(path)->add_trial(sample_trial()));
  SampleTalk whole;
  std::mt19937 random(7);
  std::uint32_t recorded = 0;
  for (int kill_number = 0; kill_number < 25; ++kill_number) {
    int pipe_ends[2] = {-1, -1};
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto store = Store::open(path);
      if (!store) _exit(1);
      auto recorder = (*store)->recorder(1);
      SampleTalk talk;
      while (talk.transcript().turn_count() < recorded)
        talk.say("turn " + std::to_string(talk.transcript().turn_count()));
      for (;;) {
        const std::uint32_t number = talk.transcript().turn_count();
        if (!(*recorder)->record(talk.say("turn " + std::to_string(number)))) _exit(2);
        if (write(pipe_ends[1], &number, sizeof number) != sizeof number) _exit(3);
      }
    }
    close(pipe_ends[1]);
    std::uint32_t number = 0;
    ssize_t got = read(pipe_ends[0], &number, sizeof number);  // it is at work
    usleep(static_cast<useconds_t>(random() % 8'000));
    kill(child, SIGKILL);
    std::uint32_t answered = recorded;
    for (; got == sizeof number; got = read(pipe_ends[0], &number, sizeof number)) answered = number + 1;
    close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    const chat::Transcript back = read_back(path);
    ASSERT_LE(answered, back.turn_count());
    ASSERT_LE(back.turn_count(), answered + 1);
    for (std::uint32_t turn = whole.transcript().turn_count(); turn < back.turn_count(); ++turn)
      whole.say("turn " + std::to_string(turn));
    ASSERT_TRUE(same(back, whole.transcript()));
    EXPECT_EQ(reading(path)->measurements(1)->size(), 9 * back.size());
    recorded = back.turn_count();
  }
  EXPECT_GT(recorded, 25u);
}

}  // namespace
}  // namespace duologue::store
