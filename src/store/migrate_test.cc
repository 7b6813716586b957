// Older formats: files as versions 1 and 2 made them, which didn't know what a call cost; version 1 had no
// cache of embeddings and didn't say what showed a detection either. And one that version 1 made.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/reader.h"
#include "store/store.h"
#include "store/testing/fault_vfs.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kToVersion1 =
    "DROP VIEW v_turn; CREATE VIEW v_turn AS SELECT 1; DROP VIEW v_call; DROP VIEW v_trial; "
    "DROP VIEW v_detection; DROP TABLE embedding; DROP TABLE embedder; "
    "ALTER TABLE call DROP COLUMN cost_usd; ALTER TABLE detection DROP COLUMN shown_by; "
    "PRAGMA user_version = 1";

class MigrateTest : public testing::Test {
 protected:
  std::string path() const { return folder_ / "a.duo"; }

  void make_old_file() {
    {
      auto store = Store::create(path(), sample_info(), Durability::kNormal);
      ASSERT_TRUE(store) << store.error().message;
      must((*store)->add_trial(sample_trial()));
      auto recorder = (*store)->recorder(1);
      for (const char* text : {"one", "two"}) must((*recorder)->record(talk_.say(text)));
    }
    run_sql(kToVersion1);
  }

  void run_sql(const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  const TempFolder folder_{true};
  SampleTalk talk_;
  Seams seams_;
};

TEST_F(MigrateTest, ReadingLeavesTheOldFileAsItIs) {
  make_old_file();
  const auto before = fs::last_write_time(path());
  auto reader = Reader::open(path(), seams_);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_TRUE(same(*(*reader)->transcript(1), talk_.transcript()));
  EXPECT_TRUE((*(*reader)->embeddings("any", std::vector{base::hash_bytes("one")}))[0].empty());
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
    must((*recorder)->record(talk_.say("three")));
    must((*store)->add_embeddings("any", std::vector{StoredEmbedding{base::hash_bytes("one"), {1.0F}}}));
  }
  auto now = Reader::open(path());
  ASSERT_TRUE(now) << now.error().message;
  EXPECT_TRUE(same(*(*now)->transcript(1), talk_.transcript()));
  EXPECT_EQ((*(*now)->embeddings("any", std::vector{base::hash_bytes("one")}))[0], std::vector{1.0F});
  auto old = Reader::open(path() + ".v1", seams_);
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ((*old)->transcript(1)->turn_count(), 2u);
  now->reset();
  old->reset();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 2);
}

TEST_F(MigrateTest, CallsOfOlderFilesHaveNoCost) {
  make_old_file();
  const auto reader = reading(path());
  const auto calls = *reader->calls(1);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].call.usage.prompt_tokens, 101u);
  EXPECT_EQ(calls[0].call.cost_usd, std::nullopt);
  EXPECT_EQ(reader->trial(1)->cost_usd, std::nullopt);
  EXPECT_EQ(reader->trial(1)->unpriced_calls, 2u);
}

TEST_F(MigrateTest, RefusesAVersionWithNoWayFromIt) {
  make_old_file();
  run_sql("PRAGMA user_version = 0");
  for (const auto& message : {Reader::open(path()).error().message, Store::open(path()).error().message}) {
    EXPECT_NE(message.find("format version 0"), std::string::npos) << message;
    EXPECT_NE(message.find("version 3"), std::string::npos) << message;
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
    for (const char* suffix : {"", "-wal", "-shm", ".v1"}) fs::remove(path() + suffix);
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
    EXPECT_TRUE(fs::exists(path() + ".v1"));
    if (!struck) {
      EXPECT_GT(point, 5);
      return;
    }
  }
}

// Recorded by duologue 0.1.0: six scripted turns.
TEST_F(MigrateTest, GoesOnWithAFileThatVersion1Made) {
  const fs::path kept = fs::path(__FILE__).parent_path() / "testing" / "version_1.duo";
  ASSERT_TRUE(fs::exists(kept)) << kept;
  fs::copy_file(kept, path());
  {
    const auto reader = reading(path());
    const chat::Transcript talk = *reader->transcript(1);
    ASSERT_EQ(talk.turn_count(), 6u);
    EXPECT_EQ(talk.turn(6)->as_turn()->text, "The lamp is lit; good night.");
    EXPECT_EQ(talk.turn(6)->hash.hex(), "0e7d867270294dcb89f3367a55113266810f440a6c6238c1585c37a272b92804");
    EXPECT_EQ(reader->trial(1)->converged->period, 3u);
  }
  auto store = Store::open(path(), Durability::kNormal);
  ASSERT_TRUE(store) << store.error().message;
  must((*store)->add_embeddings("any",
                                std::vector{StoredEmbedding{base::hash_bytes("Hello."), {0.6F, 0.8F}}}));
  store->reset();
  const auto reader = reading(path());
  EXPECT_EQ(reader->transcript(1)->turn_count(), 6u);
  EXPECT_EQ((*reader->embeddings("any", std::vector{base::hash_bytes("Hello.")}))[0],
            (std::vector{0.6F, 0.8F}));
}

}  // namespace
}  // namespace duologue::store
