#include "store/import/transcript_json.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using namespace std::literals;
using Lines = std::vector<std::string>;

constexpr std::string_view kLog = R"({
"id": "042", "models": {"A": "maker/one", "B": null}, "seed": "Talk about tea.",
"interjected_turns": [3], "labels": {"x": [1]},
"turns": [
 {"turn": 1, "speaker": "harness", "text": "Round 1"},
 {"turn": 2, "speaker": "A", "text": "Tea?\u0000\ud83d"},
 {"turn": 3, "speaker": "B", "text": "a person here", "extra": null},
 {"turn": 4, "speaker": "A", "text": ""}]})";

TEST(TranscriptJson, KeepsSpeakersAuthorsAndBytes) {
  const LoggedConversation log = read_one(kLog, LogFormat::kTranscript);
  EXPECT_EQ(log.id, "042");
  EXPECT_EQ(log.file, "logs/log.txt");
  ASSERT_EQ(log.participants.size(), 2u);
  EXPECT_EQ(log.participants[0].model, "maker/one");
  EXPECT_EQ(log.participants[1].model, "");
  EXPECT_EQ(opening(log), "Talk about tea.");
  EXPECT_EQ(told(log),
            (Lines{"harness(harness): Round 1", "A: Tea?\0\xed\xa0\xbd"s, "B(human): a person here", "A: "}));
  EXPECT_EQ(log.turns[0].speaker, kNobody);
  EXPECT_EQ(log.turns[2].speaker, 1u);
  EXPECT_EQ(log.turns[2].stop_reason, chat::StopReason::kWritten);
}

std::string turns(std::string_view list, std::string_view more = "") {
  return "{\"id\": \"1\", \"models\": {\"A\": \"m\", \"B\": \"m\"}, " + std::string(more) +
         "\"turns\": " + std::string(list) + "}";
}

TEST(TranscriptJson, SaysWhatIsMissingAndWhere) {
  EXPECT_NE(error_of(turns(R"([{"turn": 1, "speaker": "A"}])")).find(": turns[0]: 'text' is missing"),
            std::string::npos);
  EXPECT_NE(
      error_of(turns(R"([{"turn": 1, "speaker": "A", "text": 5}])")).find("turns[0].text: must be a text"),
      std::string::npos);
  EXPECT_NE(
      error_of(turns(R"([{"turn": 2, "speaker": "A", "text": ""}])")).find("turn 2 stands where turn 1"),
      std::string::npos);
  EXPECT_NE(error_of(turns(R"([{"turn": 1, "speaker": "C", "text": ""}])")).find("'C' is neither in models"),
            std::string::npos);
  EXPECT_NE(error_of(turns("[7]")).find("turns[0]: must be an object, not a number"), std::string::npos);
  EXPECT_NE(error_of(R"({"id": "1", "turns": []})").find("'models' is missing"), std::string::npos);
  for (const char* number : {"[2]", "[0]", "[-1]", "[1.5]", "[\"1\"]", "[18446744073709551615]"}) {
    const std::string list = R"([{"turn": 1, "speaker": "A", "text": ""}])";
    EXPECT_NE(error_of(turns(list, "\"interjected_turns\": " + std::string(number) + ", "))
                  .find("interjected_turns[0]: must be the number of a turn, from 1 to 1"),
              std::string::npos);
  }
}

TEST(TranscriptJson, AFileMayHoldSeveral) {
  const std::string two =
      R"({"id": 7, "models": {"A": "m"}, "turns": [{"turn": 1, "speaker": "A", "text": "x"}]})";
  const std::string three = R"({"models": {"A": "m"}, "turns": []})";
  const auto list = read_all("[" + two + ",\n" + three + "]");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].id, "7");
  EXPECT_EQ(list[1].id, "log#2");
  const auto lines = read_all(two + "\n\n" + three + "\n");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(told(lines[0]), (Lines{"A: x"}));
  EXPECT_NE(error_of("[" + two + ", {\"messages\": []}]").find("[1]: isn't a transcript"), std::string::npos);
  EXPECT_NE(error_of(two + "\n{}").find("log.txt:2: byte"), std::string::npos);
}

TEST(TranscriptJson, LimitsTurnsAndParticipants) {
  LogOptions few;
  few.max_turns = 1;
  const std::string list =
      R"([{"turn": 1, "speaker": "A", "text": ""}, {"turn": 2, "speaker": "B", "text": ""}])";
  EXPECT_NE(error_of(turns(list), few).find("more than 1 turns"), std::string::npos);
  few.max_turns = 2;
  few.max_participants = 1;
  EXPECT_NE(error_of(turns(list), few).find("models: more than 1 participants"), std::string::npos);
}

}  // namespace
}  // namespace duologue::store
