// A disk that is really full: a small tmpfs in a child process's own mount namespace.
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sched.h>

#include "store/reader.h"
#include "store/store.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;

constexpr int kNoMount = 99;

// Says what went wrong, and where, through the exit code.
#define CHECK_OR_EXIT(code, condition, message)                                  \
  do {                                                                           \
    if (!(condition)) {                                                          \
      std::fprintf(stderr, "step %d: %s\n", code, std::string(message).c_str()); \
      return code;                                                               \
    }                                                                            \
  } while (false)

int fill_a_small_disk(const std::string& folder) {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return kNoMount;
  if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=3m") != 0) return kNoMount;
  const std::string path = folder + "/a.duo";
  const std::string ballast = folder + "/ballast";
  std::ofstream(ballast) << std::string(1 << 20, 'x');

  SampleTalk talk;
  chat::Transcript recorded;
  {
    auto store = Store::create(path, sample_info());
    CHECK_OR_EXIT(1, store, store.error().message);
    CHECK_OR_EXIT(2, (*store)->add_trial(sample_trial()), "add_trial");
    auto recorder = (*store)->recorder(1);
    for (int i = 0;; ++i) {
      CHECK_OR_EXIT(3, i < 500, "the disk never filled up");
      recorded = talk.transcript();
      const base::Status status = (*recorder)->record(talk.say(std::string(20'000, 'x')));
      if (status) continue;
      const std::string& message = status.error().message;
      CHECK_OR_EXIT(4, status.error().kind == base::ErrorKind::kStore, message);
      CHECK_OR_EXIT(5, message.find("the disk is full") != std::string::npos, message);
      CHECK_OR_EXIT(6, message.find(path) != std::string::npos, message);
      break;
    }
    (void)(*recorder)->finish({engine::EndCause::kFailed, "the disk is full"});
  }
  {
    auto reader = Reader::open(path);
    CHECK_OR_EXIT(7, reader, reader.error().message);
    auto transcript = (*reader)->transcript(1);
    CHECK_OR_EXIT(8, transcript, transcript.error().message);
    CHECK_OR_EXIT(9, same(*transcript, recorded), "something recorded is gone");
  }
  const auto no_room = Store::create(folder + "/b.duo", sample_info());
  CHECK_OR_EXIT(10, !no_room || fs::exists(folder + "/b.duo"), "a file that isn't there");
  fs::remove(ballast);
  auto store = Store::open(path);
  CHECK_OR_EXIT(11, store, store.error().message);
  auto recorder = (*store)->recorder(1);
  CHECK_OR_EXIT(12, recorder, recorder.error().message);
  SampleTalk again;
  while (again.transcript().size() < recorded.size()) again.say(std::string(20'000, 'x'));
  const base::Status status = (*recorder)->record(again.say("and on"));
  CHECK_OR_EXIT(13, status, status.error().message);
  return 0;
}

TEST(DiskFullTest, LosesNothingAndGoesOnOnceThereIsRoom) {
  const TempFolder folder;
  const pid_t child = fork();
  if (child == 0) _exit(fill_a_small_disk(folder.path()));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  if (WEXITSTATUS(status) == kNoMount)
    GTEST_SKIP() << "can't mount a tmpfs here: crash_test's full disk stands in";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace duologue::store
