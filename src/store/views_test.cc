// What an outside reader sees through the views that docs/store.md promises.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/store.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

class ViewsTest : public testing::Test {
 protected:
  void SetUp() override {
    {
      auto store = Store::create(path(), sample_info(), Durability::kNormal);
      ASSERT_TRUE(store) << store.error().message;
      for (std::uint32_t id = 1; id <= 2; ++id) {
        must((*store)->add_trial(sample_trial(id)));
        auto recorder = (*store)->recorder(id);
        SampleTalk& talk = talks_[id - 1];
        must((*recorder)->record(
            talk.inject({0, chat::Placement::kAppended, "Hello there", {chat::AuthorKind::kHarness, ""}})));
        for (const char* text : {"one", "two", "three"}) must((*recorder)->record(talk.say(text)));
        if (id == 2) {
          talk.edit_before_turn(3);
          chat::Turn edited;
          edited.text = "three, edited";
          edited.author = {chat::AuthorKind::kHuman, "user"};
          edited.stop_reason = chat::StopReason::kWritten;
          engine::Commit commit = talk.say(edited);
          commit.call.reset();
          commit.events.push_back({3, "edited", "why"});
          commit.detections.push_back({"converged", "verbatim", 2, 3, 1, 3, "three", "words repeat"});
          must((*recorder)->record(commit));
          talk.edit_before_turn(2);
          must((*recorder)->record(talk.say("two, edited")));
        }
        must((*recorder)->finish({engine::EndCause::kTurnLimit, "3 turns"}));
      }
    }
    ASSERT_EQ(sqlite3_open_v2(path().c_str(), &db_, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  }
  void TearDown() override { sqlite3_close(db_); }
  std::string path() const { return folder_ / "a.duo"; }

  // Rows as the sqlite3 shell prints them.
  std::vector<std::string> rows(const std::string& sql) {
    std::vector<std::string> out;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      std::string row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        row += (i == 0 ? "" : "|") + std::string(text == nullptr ? "" : text);
      }
      out.push_back(row);
    }
    sqlite3_finalize(statement);
    return out;
  }
  using Rows = std::vector<std::string>;

  const TempFolder folder_;
  SampleTalk talks_[2];
  sqlite3* db_ = nullptr;
};

TEST_F(ViewsTest, TheFileIsSound) {
  EXPECT_EQ(rows("PRAGMA integrity_check"), Rows{"ok"});
  EXPECT_EQ(rows("PRAGMA foreign_key_check"), Rows{});
}

TEST_F(ViewsTest, TurnsWithNamesAndHashes) {
  EXPECT_EQ(rows("SELECT turn, branch, on_head, speaker, author_kind, author, text, stop_reason FROM v_turn "
                 "WHERE trial = 2 ORDER BY branch, turn"),
            (Rows{"1|2|1|Ada|model|Ada|one|end_of_turn", "2|2|0|Bob|model|Bob|two|end_of_turn",
                  "3|2|0|Ada|model|Ada|three|end_of_turn", "3|3|0|Ada|human|user|three, edited|written",
                  "2|4|1|Bob|model|Bob|two, edited|end_of_turn"}));
  const auto& chain = talks_[1].transcript();
  EXPECT_EQ(rows("SELECT hash, parent FROM v_turn WHERE trial = 2 AND on_head ORDER BY turn"),
            (Rows{chain.turn(1)->hash.hex() + "|" + chain.turn(1)->parent.hex(),
                  chain.turn(2)->hash.hex() + "|" + chain.turn(2)->parent.hex()}));
  // A fork's first entry has its parent in the branch that it left.
  EXPECT_EQ(rows("SELECT e.text FROM v_turn t JOIN v_entry e ON e.hash = t.parent AND e.trial = t.trial "
                 "WHERE t.trial = 2 AND t.branch = 3"),
            Rows{"two"});
  EXPECT_EQ(rows("SELECT count(*) FROM v_turn WHERE author_kind = 'human' AND seed IS NULL AND model IS NULL "
                 "AND view_hash IS NULL AND prompt_tokens IS NULL"),
            Rows{"1"});
  EXPECT_EQ(
      rows("SELECT seed, model, params, prompt_tokens, total_ms FROM v_turn WHERE trial = 1 AND turn = 1"),
      Rows{R"(18446744073709551614|gguf:/models/smollm2.gguf|{"temperature":0.7}|101|21.25)"});
}

TEST_F(ViewsTest, CallsMeasurementsDetectionsEvents) {
  EXPECT_EQ(rows("SELECT turn, participant, identity, prompt_hash IS NULL FROM v_call WHERE trial = 1 ORDER "
                 "BY turn"),
            (Rows{"1|Ada|sha256:aaaa|0", "2|Bob|sha256:aaaa|1", "3|Ada|sha256:aaaa|0"}));
  EXPECT_EQ(rows("SELECT turn, participant, value FROM v_measurement WHERE trial = 1 AND metric = 'length' "
                 "ORDER BY turn"),
            (Rows{"1||0.125", "2||0.111111111111111", "3||0.1"}));
  EXPECT_EQ(
      rows("SELECT turn, participant, value FROM v_measurement WHERE trial = 1 AND metric = 'nll_listener' "
           "ORDER BY turn"),
      (Rows{"1|Bob|3.25", "2|Ada|4.25"}));
  EXPECT_EQ(rows("SELECT count(*) FROM v_measurement WHERE trial = 2 AND on_head AND metric = 'd_jac1'"),
            Rows{"2"});
  EXPECT_EQ(rows("SELECT count(*) FROM v_measurement WHERE metric = 'entropy' AND value = 2.5"), Rows{"7"});
  EXPECT_EQ(rows("SELECT trial, label, kind, onset, detected_at, period, quote, on_head FROM v_detection"),
            Rows{"2|converged|verbatim|2|3|1|three|0"});
  EXPECT_EQ(rows("SELECT trial, turn, kind, detail, on_head FROM v_event"), Rows{"2|3|edited|why|0"});
}

TEST_F(ViewsTest, Trials) {
  EXPECT_EQ(rows("SELECT trial, opening, repeat, participants, turns, end_cause, end_detail, "
                 "first_converged_onset, labels "
                 "FROM v_trial ORDER BY trial"),
            (Rows{"1|Hello there|2|Ada=gguf:/models/smollm2.gguf "
                  "Bob=gguf:/models/smollm2.gguf|3|turn_limit|3 turns||",
                  "2|Hello there|2|Ada=gguf:/models/smollm2.gguf "
                  "Bob=gguf:/models/smollm2.gguf|2|turn_limit|3 turns||"}));
}

TEST_F(ViewsTest, ABranchReadThroughItsParts) {
  EXPECT_EQ(rows("SELECT t.turn, t.text FROM v_branch_part p JOIN v_turn t ON t.branch = p.part AND t.seq >= "
                 "p.first_seq "
                 "AND t.seq < p.end_seq WHERE p.branch = 3 ORDER BY t.seq"),
            (Rows{"1|one", "2|two", "3|three, edited"}));
}

}  // namespace
}  // namespace duologue::store
