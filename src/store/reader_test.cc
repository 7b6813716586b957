// What a reader makes of files that aren't what they should be.
#include "store/reader.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/schema.h"
#include "store/store.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

// Runs SQL as any other program would.
void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* message = nullptr;
  ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_close(db);
}

class ReaderTest : public testing::Test {
 protected:
  std::string path() const { return folder_ / "a.duo"; }

  // Three conversations, of which the first is long.
  void make_file(int turns = 3) {
    auto store = Store::create(path(), sample_info(), Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    for (std::uint32_t id = 1; id <= 3; ++id) {
      must((*store)->add_trial(sample_trial(id)));
      auto recorder = (*store)->recorder(id);
      SampleTalk& talk = talks_[id - 1];
      for (int i = 0; i < (id == 1 ? turns : 2); ++i) {
        must((*recorder)->record(talk.say("turn " + std::to_string(i) + std::string(500, 'x'))));
      }
    }
  }

  // Neither door lets it in, and both say why in one line with the path.
  std::string refusal() {
    const auto reader = Reader::open(path());
    const auto store = Store::open(path());
    EXPECT_FALSE(reader);
    EXPECT_FALSE(store);
    if (reader || store) return "";
    EXPECT_EQ(reader.error().kind, ErrorKind::kStore);
    EXPECT_EQ(store.error().kind, ErrorKind::kStore);
    EXPECT_NE(reader.error().message.find(path()), std::string::npos);
    EXPECT_EQ(reader.error().message.find('\n'), std::string::npos);
    EXPECT_EQ(reader.error().message, store.error().message);
    return reader.error().message;
  }

  const TempFolder folder_;
  SampleTalk talks_[3];
};

TEST_F(ReaderTest, NamesAMissingFile) {
  const auto reader = Reader::open(path());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(ReaderTest, RefusesWhatIsNotSqlite) {
  std::ofstream(path()) << std::string(10'000, 'x');
  EXPECT_NE(refusal().find("not a .duo file (not SQLite)"), std::string::npos);
  std::ofstream(path()) << "short";
  EXPECT_NE(refusal().find("not a .duo file"), std::string::npos);
  std::ofstream(path(), std::ios::trunc).flush();
  EXPECT_NE(refusal().find("it is empty"), std::string::npos);
}

TEST_F(ReaderTest, RefusesSqliteOfOthers) {
  run_sql(path(), "CREATE TABLE entry(id INTEGER PRIMARY KEY, text TEXT)");
  EXPECT_NE(refusal().find("not made by duologue"), std::string::npos);
}

TEST_F(ReaderTest, RefusesANewerFormatAndNamesBoth) {
  make_file();
  run_sql(path(), "PRAGMA user_version = 77");
  const std::string message = refusal();
  EXPECT_NE(message.find("format version 77"), std::string::npos) << message;
  EXPECT_NE(message.find("up to " + std::to_string(kFormatVersion)), std::string::npos) << message;
}

TEST_F(ReaderTest, RefusesTablesThatAreNotOurs) {
  make_file();
  run_sql(path(), "ALTER TABLE entry ADD COLUMN more TEXT");
  EXPECT_NE(refusal().find("'entry'"), std::string::npos);
}

// Views, triggers and functions of a foreign file are never run: not when reading, not when going on with it.
TEST_F(ReaderTest, RunsNothingThatIsInAFile) {
  make_file();
  run_sql(path(),
          "DROP VIEW v_turn; CREATE VIEW v_turn AS SELECT 'not what was said' AS text;"
          "CREATE TABLE trap(n INTEGER);"
          "CREATE TRIGGER spring AFTER INSERT ON entry BEGIN INSERT INTO trap VALUES(1); END;"
          "CREATE TRIGGER spring_too AFTER UPDATE ON trial BEGIN DELETE FROM entry; END;");
  {
    auto reader = Reader::open(path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_TRUE(same(*(*reader)->transcript(1), talks_[0].transcript()));
  }
  {
    auto store = Store::open(path(), Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    auto recorder = (*store)->recorder(1);
    must((*recorder)->record(talks_[0].say("one more")));
    must((*recorder)->finish({engine::EndCause::kUser, ""}));
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
  const auto count = [db](const char* sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db, sql, -1, &statement, nullptr);
    sqlite3_step(statement);
    const int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
  };
  EXPECT_EQ(count("SELECT count(*) FROM trap"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM entry"), 8);
  sqlite3_close(db);
}

TEST_F(ReaderTest, SeesATextThatWasChanged) {
  make_file();
  run_sql(path(), "UPDATE entry SET text = 'never said' WHERE branch = 2 AND seq = 1");
  auto reader = Reader::open(path());
  ASSERT_TRUE(reader) << reader.error().message;
  const auto transcript = (*reader)->transcript(2);
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().kind, ErrorKind::kStore);
  EXPECT_NE(transcript.error().message.find("trial 2"), std::string::npos) << transcript.error().message;
  EXPECT_NE(transcript.error().message.find("changed after it was recorded"), std::string::npos);
  // What comes before it, and the others, can be read still.
  int seen = 0;
  EXPECT_FALSE((*reader)->for_each_turn(2, {}, [&seen](const TurnRecord&) -> base::Status {
    ++seen;
    return {};
  }));
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(same(*(*reader)->transcript(3), talks_[2].transcript()));
}

TEST_F(ReaderTest, SeesRowsThatCannotBe) {
  const char* wrongs[] = {
      "UPDATE branch SET parent = 1 WHERE id = 1",
      "UPDATE branch SET parent = 3, fork_seq = 1 WHERE id = 1",
      "UPDATE trial SET head_branch = 99 WHERE id = 1",
      "UPDATE entry SET kind = 9 WHERE branch = 1",
      "UPDATE entry SET hash = x'00' WHERE branch = 1",
      "UPDATE entry SET stop_reason = 99 WHERE branch = 1",
      "UPDATE entry SET participant = -5 WHERE branch = 1",
      "UPDATE entry SET tokens = x'80', tokenizer = 1 WHERE branch = 1",
      "UPDATE entry SET tool_calls = '[{]' WHERE branch = 1",
      "UPDATE entry SET author = 99 WHERE branch = 1",
      "DELETE FROM entry WHERE branch = 1 AND seq = 1",
      "UPDATE entry SET seq = seq + 100 WHERE branch = 1",
  };
  for (const char* wrong : wrongs) {
    SCOPED_TRACE(wrong);
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path() + suffix);
    for (SampleTalk& talk : talks_) talk = SampleTalk();
    make_file();
    run_sql(path(), wrong);
    auto reader = Reader::open(path());
    ASSERT_TRUE(reader) << reader.error().message;
    const auto transcript = (*reader)->transcript(1);
    ASSERT_FALSE(transcript);
    EXPECT_EQ(transcript.error().kind, ErrorKind::kStore) << transcript.error().message;
    EXPECT_TRUE((*reader)->transcript(3));
  }
}

// Nothing is written to it any more, but the beginning is there still.
TEST_F(ReaderTest, ReadsWhatIsLeftOfATruncatedFile) {
  make_file(200);
  fs::resize_file(path(), fs::file_size(path()) * 3 / 4);
  const auto store = Store::open(path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::kStore);
  EXPECT_NE(store.error().message.find("is damaged"), std::string::npos) << store.error().message;
  EXPECT_NE(store.error().message.find("duologue export " + path()), std::string::npos);
  auto reader = Reader::open(path());
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->trials()->size(), 3u);
  EXPECT_FALSE((*reader)->transcript(1));
  std::uint32_t seen = 0;
  const base::Status walked = (*reader)->for_each_turn(1, {}, [&](const TurnRecord& record) -> base::Status {
    EXPECT_EQ(record.turn->hash, talks_[0].transcript().turn(++seen)->hash);
    return {};
  });
  EXPECT_FALSE(walked);
  EXPECT_GT(seen, 10u);
}

// Any page overwritten: never a crash, never a wrong text; other conversations stay readable where their
// pages do.
TEST_F(ReaderTest, SurvivesDamagedPages) {
  make_file(200);
  const fs::path whole = folder_ / "whole";
  fs::copy_file(path(), whole);
  const auto pages = static_cast<int>(fs::file_size(whole) / kPageBytes);
  ASSERT_GT(pages, 15);
  std::mt19937 random(1);
  int others_readable = 0;
  int refused_to_write = 0;
  for (int page = 0; page < pages; ++page) {
    SCOPED_TRACE(page);
    fs::copy_file(whole, path(), fs::copy_options::overwrite_existing);
    std::string noise(static_cast<std::size_t>(kPageBytes), '\0');
    for (char& c : noise) c = static_cast<char>(random());
    {
      std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(page * kPageBytes);
      file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
    }
    const auto store = Store::open(path());
    if (!store) {
      EXPECT_EQ(store.error().kind, ErrorKind::kStore);
      ++refused_to_write;
    }
    auto reader = Reader::open(path());
    if (!reader) {
      EXPECT_EQ(reader.error().kind, ErrorKind::kStore);
      continue;
    }
    for (std::uint32_t trial = 1; trial <= 3; ++trial) {
      const auto transcript = (*reader)->transcript(trial);
      if (transcript) {
        EXPECT_TRUE(same(*transcript, talks_[trial - 1].transcript()));
      } else {
        EXPECT_EQ(transcript.error().kind, ErrorKind::kStore);
      }
      if (trial == 3 && transcript) ++others_readable;
      (void)(*reader)->trial(trial);
      (void)(*reader)->measurements(trial);
      (void)(*reader)->calls(trial);
      (void)(*reader)->for_each_turn(trial, {}, [](const TurnRecord&) { return base::Status(); });
    }
  }
  EXPECT_GT(others_readable, pages / 2);
  EXPECT_EQ(refused_to_write, pages);
}

// As another user, since root may write anywhere.
TEST_F(ReaderTest, ReadsFromAFolderThatCannotBeWritten) {
  make_file();
  ASSERT_EQ(chmod(path().c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0555), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(9);
    auto reader = Reader::open(path());
    if (!reader) _exit(1);
    auto transcript = (*reader)->transcript(1);
    if (!transcript || !same(*transcript, talks_[0].transcript())) _exit(2);
    const auto store = Store::open(path());
    if (store || store.error().message.find("can't be written") == std::string::npos) _exit(3);
    if (Store::create(folder_ / "b.duo", sample_info())) _exit(4);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 9) GTEST_SKIP() << "can't become another user here";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(ReaderTest, ReadsNamesThatLookLikeAddresses) {
  const std::string odd = folder_ / "file:a?mode=memory#b%20 'c'.duo";
  {
    auto store = Store::create(odd, sample_info(), Durability::kNormal);
    ASSERT_TRUE(store) << store.error().message;
    must((*store)->add_trial(sample_trial()));
  }
  EXPECT_TRUE(fs::exists(odd));
  auto reader = Reader::open(odd);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->trials()->size(), 1u);
}

}  // namespace
}  // namespace duologue::store
