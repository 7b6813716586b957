#include "store/import/detect_format.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "store/import/read_conversations.h"
#include "store/import/testing/reading.h"
#include "store/testing/sample.h"

namespace duologue::store {
namespace {

using namespace std::literals;

// By the content, whatever the name says; every format's own test reads the rest.
TEST(DetectFormat, GoesByContent) {
  const TempFolder folder;
  const std::string path = folder / "talk.duo";
  std::ofstream(path) << "A: x\nB: y\n";
  EXPECT_EQ(format_of_log(path), LogFormat::kPlainText);
  std::ofstream(path) << "\n\n[{\"role\": \"user\",\n\"content\": \"x\"}]";
  EXPECT_EQ(format_of_log(path), LogFormat::kMessages);
  const auto read = read_conversations(path);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0).id, "talk");
}

TEST(DetectFormat, TextMayBeginLikeAList) {
  EXPECT_EQ(told(read_one("[Ada]: hi\n[Bo]: yes\n", LogFormat::kPlainText)),
            (std::vector<std::string>{"[Ada]: hi", "[Bo]: yes"}));
}

TEST(DetectFormat, ABrokenFirstLineOfManyIsNamedAtOnce) {
  LogOptions small;
  small.max_document_bytes = 100;
  const std::string lines = "{\"type\": config}\n" + std::string(1'000, '\n');
  EXPECT_TRUE(error_of(lines, small).starts_with("logs/log.txt:1: byte 9: not JSON: "))
      << error_of(lines, small);
}

TEST(DetectFormat, SaysWhatWasTried) {
  const std::string json = error_of("\n{\"colour\": 1, \"a\\u001b\": 2}");
  EXPECT_TRUE(
      json.starts_with("logs/log.txt:2: byte 1: an object with the keys 'colour', 'a?', but no log that is "
                       "known; tried duologue's JSON Lines"))
      << json;
  for (const char* shape : {"attractor-states", "pidgin-ai", "transcript", "study", "Inspect", "two-agent",
                            "OpenAI", "ShareGPT"}) {
    EXPECT_NE(json.find(shape), std::string::npos) << shape;
  }
  EXPECT_NE(error_of("[]").find("an empty list"), std::string::npos);
  EXPECT_NE(error_of("[[[[1]]]]").find("a list of no objects"), std::string::npos);
  EXPECT_NE(error_of("[{}]").find("a list that begins with an empty object"), std::string::npos);
  const std::string text = error_of("Once upon a time\n");
  EXPECT_NE(text.find("'### NAME 1 ###'"), std::string::npos);
  EXPECT_NE(text.find("'NAME: text'"), std::string::npos);
  EXPECT_NE(error_of("\0\1\2"sv).find("neither text nor a log"), std::string::npos);
}

TEST(DetectFormat, KnowsFilesThatAreNone) {
  EXPECT_EQ(error_of(""), "logs/log.txt: is empty");
  EXPECT_EQ(error_of("\xEF\xBB\xBF \r\n\n"), "logs/log.txt: is empty");
  EXPECT_NE(error_of("PK\x03\x04...").find("a zip archive"), std::string::npos);
  EXPECT_NE(error_of("\xFF\xFE{").find("UTF-16"), std::string::npos);
  EXPECT_NE(error_of("\x1F\x8B\x08").find("gzip"), std::string::npos);
}

TEST(DetectFormat, HostileJsonNamesItsPlace) {
  EXPECT_NE(error_of(std::string(1'000'000, '[')).find(":1: byte 64: JSON nested deeper than 64 levels"),
            std::string::npos);
  EXPECT_NE(error_of("{\"turns\": [1e999]}").find("byte 15: not usable JSON"), std::string::npos)
      << error_of("{\"turns\": [1e999]}");
  std::string keys = "{\"a\":1";
  for (int i = 0; i < 5'000; ++i) keys += ",\"k" + std::to_string(i) + "\":1";
  EXPECT_NE(error_of(keys + "}").find("more than 4096 keys"), std::string::npos);
  EXPECT_NE(error_of("{\"a\": \"x\ny\"}").find(":1: byte 8: "), std::string::npos)
      << error_of("{\"a\": \"x\ny\"}");
  // Of equal keys the last one's value stands.
  EXPECT_EQ(
      told(read_one(
          "{\"messages\": 1, \"messages\": [{\"role\": \"user\", \"role\": \"bot\", \"content\": \"x\"}]}",
          LogFormat::kMessages)),
      std::vector<std::string>{"bot: x"});
}

TEST(DetectFormat, LimitsEverything) {
  LogOptions small;
  small.max_document_bytes = 100;
  const std::string one = "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}\n";
  EXPECT_NE(error_of(one.substr(0, 40) + std::string(100, ' ') + one.substr(40), small)
                .find("a line of more than 100"),
            std::string::npos);
  EXPECT_NE(error_of("{\n" + std::string(100, ' ') + one.substr(1), small).find("in one piece"),
            std::string::npos);
  EXPECT_NE(error_of("A: x\nB: " + std::string(100, 'y'), small).find("in one piece"), std::string::npos);
  LogOptions lines;
  lines.max_line_bytes = 120;
  const std::string config = R"({"type":"config","model_a":"a","model_b":"b"})"
                             "\n";
  const std::string turn = R"({"type":"turn","turn":0,"label":"Model A","response":"x"})"
                           "\n";
  EXPECT_EQ(read_all(config + turn, lines).size(), 1u);
  EXPECT_NE(error_of(config + R"({"type":"turn","x":")" + std::string(120, 'x') + "\"}\n", lines)
                .find(":2: byte 46"),
            std::string::npos);
  lines.max_conversation_bytes = 200;
  EXPECT_EQ(read_all(config + turn + turn + config + turn + turn, lines).size(), 2u);
  EXPECT_NE(error_of(config + turn + turn + turn, lines).find(":4: byte"), std::string::npos);
}

TEST(DetectFormat, StopsWhereTheTakerWantsNoMore) {
  const std::string one = "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}\n";
  int taken = 0;
  const auto status =
      read_conversations_from(one + one + one, "x", [&](LoggedConversation&&) -> base::Status {
        return ++taken == 2 ? base::fail(base::ErrorKind::kCancelled, "enough") : base::Status{};
      });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, base::ErrorKind::kCancelled);
  EXPECT_EQ(taken, 2);
}

}  // namespace
}  // namespace duologue::store
