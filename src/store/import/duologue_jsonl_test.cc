#include "store/import/duologue_jsonl.h"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/export_jsonl.h"
#include "store/import/read_conversations.h"
#include "store/import/testing/reading.h"
#include "store/store.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

using namespace std::literals;

// A .duo file with everything that a chain can hold.
class RoundTripTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = made(path());
    must(store->add_trial(sample_trial(1)));
    must(store->add_trial(sample_trial(2)));
    must(store->add_trial(sample_trial(3)));
    auto recorder = recorder_of(*store, 1);
    must(recorder->record(
        talk_.inject({0, chat::Placement::kAppended, "Hello there", {chat::AuthorKind::kHarness, ""}})));
    must(recorder->record(talk_.say("one")));
    must(recorder->record(talk_.say("two \xff\0\xed\xa0\xbd \xf0\x9f\x8c\xbe"s)));
    chat::ConfigChange change;
    change.participant = 1;
    change.model = "other";
    change.forget_through_turn = 1;
    change.cause = "context full \xfe";
    must(recorder->record(talk_.change(change)));
    chat::Turn human;
    human.speaker = 0;
    human.author = {chat::AuthorKind::kHuman, "Zo\xeb"};
    human.text = "";
    human.reasoning = "why\xff";
    human.tool_calls = {{"1", "stop", "{\"a\": 1", "denied \xfe"}};
    human.stop_reason = chat::StopReason::kWritten;
    must(recorder->record(talk_.say(human)));
    must(recorder->record(
        talk_.inject({{}, chat::Placement::kReplacing, "psst \xff", {chat::AuthorKind::kHuman, "me"}})));
    engine::Commit event;
    event.events.push_back({3, "something", "happened"});
    must(recorder->record(event));
    must(recorder->finish({engine::EndCause::kUser, "Ctrl-C"}));
    other_.say("only");
    must(recorder_of(*store, 3)->record(SampleTalk().say("only")));
  }

  std::string path() const { return folder_ / "talk.duo"; }

  std::string exported(std::uint32_t trial) {
    std::string text;
    must(export_jsonl(*reading(path()), trial, {}, [&text](std::string_view line) -> base::Status {
      text += line;
      return {};
    }));
    return text;
  }

  void expect_the_talk(const LoggedConversation& log) {
    EXPECT_EQ(as_transcript(log).head(), talk_.transcript().head());
    ASSERT_EQ(log.turns.size(), 3u);
    EXPECT_EQ(speaker_name(log, log.turns[1]), "Bob");
    EXPECT_EQ(opening(log), "Hello there");
    EXPECT_EQ(log.ended, "user: Ctrl-C");
    ASSERT_EQ(log.notes.size(), 1u);
    EXPECT_EQ(log.notes[0].detail, "happened");
    EXPECT_EQ(log.participants.at(0).model, "gguf:/models/smollm2.gguf");
  }

  const TempFolder folder_;
  SampleTalk talk_, other_;
};

TEST_F(RoundTripTest, TheFileItself) {
  const auto all = read_conversations(path());
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].id, "talk#1");
  EXPECT_EQ((*all)[0].format, LogFormat::kDuo);
  expect_the_talk((*all)[0]);
  EXPECT_EQ((*all)[0].participants[1].system_prompt, "Be brief.");
  EXPECT_TRUE((*all)[1].turns.empty());
  LogOptions third;
  third.only = 3;
  const auto only = read_conversations(path(), third);
  ASSERT_TRUE(only);
  ASSERT_EQ(only->size(), 1u);
  EXPECT_EQ((*only)[0].id, "talk#3");
  third.only = 4;
  EXPECT_EQ(read_conversations(path(), third).error().kind, base::ErrorKind::kNotFound);
}

TEST_F(RoundTripTest, ItsJsonLines) {
  std::ofstream(folder_ / "talk.jsonl", std::ios::binary) << exported(1) << exported(3);
  EXPECT_EQ(format_of_log(folder_ / "talk.jsonl"), LogFormat::kDuologueJsonl);
  const auto all = read_conversations(folder_ / "talk.jsonl");
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].id, "talk#1");
  expect_the_talk((*all)[0]);
  EXPECT_EQ(as_transcript((*all)[1]).head(), other_.transcript().head());
}

TEST_F(RoundTripTest, SaysWhichLineIsWrong) {
  const std::string text = exported(1);
  const std::size_t second = text.find('\n') + 1;
  EXPECT_NE(error_of(text.substr(second)).find(":1: byte 0: turn 2 stands where turn 1"), std::string::npos);
  EXPECT_NE(error_of(text.substr(0, text.size() - 2)).find(":3: byte " + std::to_string(text.size() - 2)),
            std::string::npos)
      << error_of(text.substr(0, text.size() - 2));
  const auto damaged = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return error_of(changed);
  };
  EXPECT_NE(damaged("\"reasoning\"", "\"thought\"").find("'reasoning' is missing"), std::string::npos);
  EXPECT_NE(damaged("\"stop_reason\":\"end_of_turn\"", "\"stop_reason\":\"x\"").find("'x' is no stop reason"),
            std::string::npos);
  EXPECT_NE(damaged("text_base64\":\"", "text_base64\":\"!").find("'text_base64' is no base64"),
            std::string::npos);
  EXPECT_NE(damaged("\"kind\":\"model\"", "\"kind\":\"god\"").find("author: 'god' is no kind of author"),
            std::string::npos);
}

TEST_F(RoundTripTest, ADuoFileIsReadFromItsPath) {
  std::ifstream file(path(), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(error_of(bytes).find("is a .duo file, which is read from its path"), std::string::npos);
}

}  // namespace
}  // namespace duologue::store
