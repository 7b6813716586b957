// What is left of a file when the disk fails or the power goes, at every single point where that can happen.
#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/reader.h"
#include "store/store.h"
#include "store/testing/fault_vfs.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;

constexpr std::array kAllKept{Kept::kNothing, Kept::kEverything, Kept::kSomeSectors};

// A conversation: what is in the file, a commit that is only in the WAL, and the one that the fault meets.
struct Scene {
  SampleTalk talk;
  chat::Transcript oldest;
  engine::Commit earlier;
  chat::Transcript before;
  engine::Commit commit;
  chat::Transcript after;
};

Scene scene(const std::string& text, bool fork) {
  Scene s;
  s.talk.inject({0, chat::Placement::kAppended, "Hello there", {}});
  s.talk.say("one");
  s.oldest = s.talk.transcript();
  s.earlier = s.talk.say("two");
  s.before = s.talk.transcript();
  if (fork) s.talk.edit_before_turn(2);
  s.commit = s.talk.say(text);
  s.commit.detections.push_back(
      {"converged", "verbatim", 1, s.talk.transcript().turn_count(), 2, 1, "one", "words repeat"});
  s.commit.events.push_back({1, "empty_turn", "kept"});
  s.after = s.talk.transcript();
  return s;
}

class CrashTest : public testing::Test {
 protected:
  std::string path() const { return folder_ / "a.duo"; }
  Seams seams() {
    Seams seams;
    seams.vfs = vfs_.name();
    return seams;
  }

  // The file as it is before the fault: made once, put back for every try. Its last state is in the WAL.
  void make_file(Durability durability) {
    auto store = Store::create(path(), sample_info(), durability, seams());
    ASSERT_TRUE(store) << store.error().message;
    must((*store)->add_trial(sample_trial()));
    auto recorder = (*store)->recorder(1);
    SampleTalk talk;
    must((*recorder)->record(talk.inject({0, chat::Placement::kAppended, "Hello there", {}})));
    must((*recorder)->record(talk.say("one")));
  }
  void put_back() {
    vfs_.forget();
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(path() + suffix);
    fs::copy_file(path() + ".kept", path());
  }

  // That the file is whole, holds what it may hold, and can be gone on with.
  enum class Allowed { kAfter, kBeforeOrAfter, kAny };
  void expect_whole(const Scene& s, Allowed allowed, const std::string& where) {
    SCOPED_TRACE(where);
    bool after = false;
    bool oldest = false;
    {
      auto reader = Reader::open(path());
      ASSERT_TRUE(reader) << reader.error().message;
      auto transcript = (*reader)->transcript(1);
      ASSERT_TRUE(transcript) << transcript.error().message;
      after = same(*transcript, s.after);
      oldest = same(*transcript, s.oldest);
      ASSERT_TRUE(after || oldest || same(*transcript, s.before)) << transcript->size();
      ASSERT_TRUE(after || allowed != Allowed::kAfter);
      ASSERT_TRUE(!oldest || allowed == Allowed::kAny);
      const std::size_t turns = transcript->turn_count();
      EXPECT_EQ((*reader)->calls(1)->size(), turns);
      EXPECT_EQ((*reader)->measurements(1)->size(), 9 * turns);
      EXPECT_EQ((*reader)->detections(1)->size(), after ? 1u : 0u);
      EXPECT_EQ((*reader)->events(1)->size(), after ? 1u : 0u);
      EXPECT_EQ((*reader)->branches(1)->size(), after && s.commit.fork_at ? 2u : 1u);
    }
    auto store = Store::open(path(), Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    auto recorder = (*store)->recorder(1);
    ASSERT_TRUE(recorder) << recorder.error().message;
    if (oldest) must((*recorder)->record(s.earlier));
    if (!after) must((*recorder)->record(s.commit));
    SampleTalk talk = s.talk;
    must((*recorder)->record(talk.say("and on")));
    EXPECT_TRUE(same(*(*Reader::open(path()))->transcript(1), talk.transcript()));
  }

  // Runs `act` on an open store with the fault at each of its operations in turn, then `check` once it is
  // closed. `act` answers whether it met the fault; where it didn't, that was all.
  using Act = std::function<bool(std::unique_ptr<Store>& store, engine::Recorder& recorder, int point)>;
  void at_every_point(const Scene& s, Fault fault, Durability durability, const Act& act,
                      const std::function<void(int point)>& check) {
    fs::copy_file(path(), path() + ".kept", fs::copy_options::overwrite_existing);
    for (int point = 0;; ++point) {
      put_back();
      auto store = Store::open(path(), durability, seams());
      ASSERT_TRUE(store) << store.error().message;
      auto recorder = (*store)->recorder(1);
      ASSERT_TRUE(recorder);
      vfs_.disarm();
      must((*recorder)->record(s.earlier));
      vfs_.arm(fault, point);
      if (!act(*store, **recorder, point)) {
        ASSERT_GT(point, 10) << "too few operations to be true";
        RecordProperty("points", point);
        vfs_.disarm();
        return;
      }
      if (fault != Fault::kPowerCut) vfs_.disarm();
      recorder->reset();
      store->reset();
      check(point);
      if (HasFatalFailure()) return;
    }
  }

  void cut_power_in_a_commit(Durability durability, const Scene& s) {
    make_file(durability);
    for (const Kept kept : kAllKept) {
      bool done = false;
      at_every_point(
          s, Fault::kPowerCut, durability,
          [&](auto&, engine::Recorder& recorder, int) {
            done = recorder.record(s.commit).has_value();
            return vfs_.struck();
          },
          [&](int point) {
            vfs_.settle(kept, static_cast<std::uint32_t>(point));
            vfs_.disarm();
            // Without a sync even the commit before it may be gone, but never half of one.
            const Allowed unanswered =
                durability == Durability::kFull ? Allowed::kBeforeOrAfter : Allowed::kAny;
            expect_whole(
                s, done ? Allowed::kAfter : unanswered,
                "cut at " + std::to_string(point) + ", kept " + std::to_string(static_cast<int>(kept)));
          });
      if (HasFatalFailure()) return;
      fs::copy_file(path() + ".kept", path(), fs::copy_options::overwrite_existing);
    }
  }

  const TempFolder folder_{true};
  FaultVfs vfs_;
};

TEST_F(CrashTest, PowerCutInACommit) { cut_power_in_a_commit(Durability::kFull, scene("three", false)); }

TEST_F(CrashTest, PowerCutInACommitOfManyPages) {
  cut_power_in_a_commit(Durability::kFull, scene(std::string(100'000, 'x'), false));
}

TEST_F(CrashTest, PowerCutInAFork) { cut_power_in_a_commit(Durability::kFull, scene("two, edited", true)); }

TEST_F(CrashTest, PowerCutInACommitThatIsNotSynced) {
  cut_power_in_a_commit(Durability::kNormal, scene("three", false));
}

// The commit was answered: from then on nothing may take it away, closing with all its writes least of all.
TEST_F(CrashTest, PowerCutWhileClosing) {
  const Scene s = scene("three", false);
  make_file(Durability::kFull);
  for (const Kept kept : kAllKept) {
    at_every_point(
        s, Fault::kPowerCut, Durability::kFull,
        [&](std::unique_ptr<Store>& store, engine::Recorder& recorder, int point) {
          vfs_.disarm();
          must(recorder.record(s.commit));
          vfs_.arm(Fault::kPowerCut, point);
          store.reset();
          return vfs_.struck();
        },
        [&](int point) {
          vfs_.settle(kept, static_cast<std::uint32_t>(point));
          vfs_.disarm();
          expect_whole(
              s, Allowed::kAfter,
              "cut at " + std::to_string(point) + ", kept " + std::to_string(static_cast<int>(kept)));
        });
    if (HasFatalFailure()) return;
    fs::copy_file(path() + ".kept", path(), fs::copy_options::overwrite_existing);
  }
}

TEST_F(CrashTest, DiskErrorInACommit) {
  const Scene s = scene(std::string(20'000, 'x'), false);
  make_file(Durability::kFull);
  bool done = false;
  at_every_point(
      s, Fault::kFail, Durability::kFull,
      [&](auto&, engine::Recorder& recorder, int) {
        const base::Status status = recorder.record(s.commit);
        done = status.has_value();
        if (done || !vfs_.struck()) return vfs_.struck();
        EXPECT_EQ(status.error().kind, base::ErrorKind::kStore);
        EXPECT_NE(status.error().message.find(path()), std::string::npos) << status.error().message;
        // Whatever comes next, it may not pretend.
        if (recorder.record(s.commit)) done = true;
        return true;
      },
      [&](int point) {
        expect_whole(s, done ? Allowed::kAfter : Allowed::kBeforeOrAfter,
                     "failed at " + std::to_string(point));
      });
}

TEST_F(CrashTest, FullDiskInACommit) {
  const Scene s = scene(std::string(20'000, 'x'), false);
  make_file(Durability::kFull);
  at_every_point(
      s, Fault::kDiskFull, Durability::kFull,
      [&](auto&, engine::Recorder& recorder, int) {
        const base::Status status = recorder.record(s.commit);
        if (status) return vfs_.struck();
        EXPECT_EQ(status.error().kind, base::ErrorKind::kStore);
        EXPECT_NE(status.error().message.find("disk is full"), std::string::npos) << status.error().message;
        EXPECT_FALSE(recorder.finish({engine::EndCause::kFailed, "the disk is full"}));
        // Once there is room again, it goes on.
        vfs_.disarm();
        must(recorder.record(s.commit));
        return true;
      },
      [&](int point) { expect_whole(s, Allowed::kAfter, "full at " + std::to_string(point)); });
}

// A new file is there whole or not at all, and what is left of a try doesn't stand in the next one's way.
TEST_F(CrashTest, MakingAFile) {
  for (const Fault fault : {Fault::kFail, Fault::kDiskFull, Fault::kPowerCut}) {
    for (int point = 0;; ++point) {
      SCOPED_TRACE(point);
      vfs_.forget();
      vfs_.arm(fault, point);
      auto store = Store::create(path(), sample_info(), Durability::kFull, seams());
      const bool made = store.has_value();
      if (made && !vfs_.struck()) {
        ASSERT_GT(point, 5);
        store->reset();
        vfs_.disarm();
        fs::remove(path());
        break;
      }
      if (made) store->reset();
      if (fault == Fault::kPowerCut) vfs_.settle(Kept::kSomeSectors, static_cast<std::uint32_t>(point));
      vfs_.disarm();
      if (fs::exists(path())) {
        EXPECT_TRUE(Reader::open(path()));
        for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path() + suffix);
      } else {
        EXPECT_FALSE(made);
      }
      auto again = Store::create(path(), sample_info(), Durability::kFull, seams());
      ASSERT_TRUE(again) << again.error().message;
      again->reset();
      fs::remove(path());
    }
  }
}

}  // namespace
}  // namespace duologue::store
