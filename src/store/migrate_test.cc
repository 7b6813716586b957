// Older formats. There is none yet but in this test, which makes one: version 0 had no events.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/reader.h"
#include "store/schema.h"
#include "store/store.h"
#include "store/testing/fault_vfs.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;

class MigrateTest : public testing::Test {
 protected:
  MigrateTest() {
    for (const Object& object : current_format().objects) {
      if (object.name.starts_with("event")) added_ += std::string(object.sql) + ";";
    }
    migrations_ = {{0, added_.c_str()}};
    format_ = current_format();
    format_.migrations = migrations_;
    seams_.format = &format_;
  }
  std::string path() const { return folder_ / "a.duo"; }

  void make_old_file() {
    {
      auto store = Store::create(path(), sample_info(), Durability::kNormal);
      ASSERT_TRUE(store) << store.error().message;
      must((*store)->add_trial(sample_trial()));
      auto recorder = (*store)->recorder(1);
      for (const char* text : {"one", "two"}) must((*recorder)->record(talk_.say(text)));
    }
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db,
                           "DROP VIEW v_event; DROP TABLE event; DROP VIEW v_turn; "
                           "CREATE VIEW v_turn AS SELECT 1; PRAGMA user_version = 0",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(db);
  }

  const TempFolder folder_{true};
  SampleTalk talk_;
  std::string added_;
  std::vector<Migration> migrations_;
  Format format_;
  Seams seams_;
};

TEST_F(MigrateTest, ReadingLeavesTheOldFileAsItIs) {
  make_old_file();
  const auto before = fs::last_write_time(path());
  auto reader = Reader::open(path(), seams_);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_TRUE(same(*(*reader)->transcript(1), talk_.transcript()));
  EXPECT_TRUE((*reader)->events(1)->empty());
  reader->reset();
  EXPECT_EQ(fs::last_write_time(path()), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1);
}

TEST_F(MigrateTest, WritingGoesOnInACopyAndKeepsTheOldOne) {
  make_old_file();
  {
    auto store = Store::open(path(), Durability::kNormal, seams_);
    ASSERT_TRUE(store) << store.error().message;
    auto recorder = (*store)->recorder(1);
    engine::Commit commit = talk_.say("three");
    commit.events.push_back({3, "empty_turn", ""});
    must((*recorder)->record(commit));
  }
  auto now = Reader::open(path());
  ASSERT_TRUE(now) << now.error().message;
  EXPECT_TRUE(same(*(*now)->transcript(1), talk_.transcript()));
  EXPECT_EQ((*now)->events(1)->size(), 1u);
  auto old = Reader::open(path() + ".v0", seams_);
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ((*old)->transcript(1)->turn_count(), 2u);
  now->reset();
  old->reset();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 2);
}

TEST_F(MigrateTest, RefusesAVersionWithNoWayFromIt) {
  make_old_file();
  for (const auto& message : {Reader::open(path()).error().message, Store::open(path()).error().message}) {
    EXPECT_NE(message.find("format version 0"), std::string::npos) << message;
    EXPECT_NE(message.find("version 1"), std::string::npos) << message;
    EXPECT_NE(message.find(path()), std::string::npos) << message;
  }
}

TEST_F(MigrateTest, RefusesWhileSomebodyReadsTheOldOne) {
  make_old_file();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "BEGIN; SELECT * FROM trial", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto store = Store::open(path(), Durability::kNormal, seams_);
  EXPECT_FALSE(store);
  sqlite3_close(db);
  EXPECT_TRUE(Store::open(path(), Durability::kNormal, seams_));
}

// At any point: afterwards it is the old file or the new one, and the next try succeeds.
TEST_F(MigrateTest, SurvivesAFailingDisk) {
  make_old_file();
  fs::copy_file(path(), folder_ / "kept");
  FaultVfs vfs;
  seams_.vfs = vfs.name();
  for (int point = 0;; ++point) {
    SCOPED_TRACE(point);
    for (const char* suffix : {"", "-wal", "-shm", ".v0"}) fs::remove(path() + suffix);
    fs::copy_file(folder_ / "kept", path());
    vfs.forget();
    vfs.arm(Fault::kFail, point);
    (void)Store::open(path(), Durability::kNormal, seams_);
    const bool struck = vfs.struck();
    vfs.disarm();
    auto store = Store::open(path(), Durability::kNormal, seams_);
    ASSERT_TRUE(store) << store.error().message;
    store->reset();
    EXPECT_TRUE(same(*(*Reader::open(path()))->transcript(1), talk_.transcript()));
    EXPECT_TRUE(fs::exists(path() + ".v0"));
    if (!struck) {
      EXPECT_GT(point, 5);
      return;
    }
  }
}

}  // namespace
}  // namespace duologue::store
