// Damaged and oversized logs of every format: each is read or refused with one clear error, never half read
// in silence.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/utf8.h"
#include "store/import/read_conversations.h"
#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using namespace std::literals;

const std::vector<std::string>& documents() {
  static const std::vector<std::string> kAll{
      R"({"id":"1","models":{"A":"m","B":null},"seed":"s","interjected_turns":[1],)"
      R"("turns":[{"turn":1,"speaker":"A","text":"hé"},{"turn":2,"speaker":"harness","text":""}]})",
      R"({"model_a":"a","model_b":"b","conversations":[{"seed_prompt":"s",)"
      R"("full_conversation":[{"speaker":"A","content":"x"}]}]})",
      R"({"eval":{"model":"m"},"status":"ok","samples":[{"messages":[{"role":"user","content":"x"}]}]})",
      R"({"metadata":{"stats":{}},"messages":[{"agent":"a","output":"x"},{"agent":"b","error":"e"}]})",
      R"([{"role":"system","content":"s"},{"role":"assistant","content":[{"type":"text","text":"x"}]}])",
      R"({"conversations":[{"from":"human","value":"x"},{"from":"gpt","value":"\ud83d NaN"}]})"};
  return kAll;
}

const std::vector<std::string>& lines() {
  static const std::vector<std::string> kAll{
      R"({"type":"config","seed":"s","model_a":"a","model_b":"b"})"
      "\n"
      R"({"type":"turn","turn":0,"label":"Model A","response":"x","tool_attempts":[{"tool":"t"}]})"
      "\n",
      R"({"event_type":"ConversationStartEvent","conversation_id":"c","initial_prompt":"p"})"
      "\n"
      R"({"event_type":"MessageCompleteEvent","conversation_id":"c","agent_id":"agent_a",)"
      R"("message":{"content":"x"}})"
      "\n",
      R"({"conversation":"c","turn":1,"speaker":"A","author":{"kind":"model","name":"A"},"text":"x",)"
      R"("reasoning":"","tool_calls":[],"stop_reason":"end_of_turn",)"
      R"("events":[{"when":"after","kind":"end","cause":"user"}]})"
      "\n"};
  return kAll;
}

const std::vector<std::string>& texts() {
  static const std::vector<std::string> kAll{
      "### A 1 ###\n<think>h</think>\nx\n\n### B 2 ###\ny\n", "Ada: x\nmore\nBo: y\nHuman: z\n",
      "speaker,text,kind\r\nA,\"x, \"\"y\"\"\r\n\",turn\r\n,z,injection\r\n",
      R"(<!-- duologue:conversation {"participants":[{"name":"A"}]} -->)"
      "\n# x\n"
      R"(<!-- duologue:turn {"seat":0,"author":{"kind":"model","name":""},)"
      R"("stop_reason":"length"} -->)"
      "\n## 1. A\n\n>> hm\n> y\n"};
  return kAll;
}

// True where it was read.
bool read_or_refused(const std::string& log) {
  const auto read = read_conversations_from(log, "logs/log.txt");
  if (read) return true;
  const base::Error& error = read.error();
  EXPECT_EQ(error.kind, base::ErrorKind::kBadInput) << error.message;
  EXPECT_TRUE(error.message.starts_with("logs/log.txt:")) << error.message;
  EXPECT_EQ(error.message.find('\n'), std::string::npos) << error.message;
  EXPECT_TRUE(base::is_valid_utf8(error.message));
  return false;
}

TEST(HostileLog, CutAnywhere) {
  for (const std::string& log : documents()) {
    EXPECT_TRUE(read_or_refused(log)) << log;
    for (std::size_t n = 0; n < log.size(); ++n)
      EXPECT_FALSE(read_or_refused(log.substr(0, n))) << log.substr(0, n);
  }
  for (const std::string& log : lines()) {
    EXPECT_TRUE(read_or_refused(log)) << log;
    for (std::size_t n = 0; n < log.size(); ++n) {
      const bool whole = n > 0 && (log[n - 1] == '\n' || log[n] == '\n');
      EXPECT_EQ(read_or_refused(log.substr(0, n)), whole) << log.substr(0, n);
    }
  }
  for (const std::string& log : texts()) {
    for (std::size_t n = 0; n <= log.size(); ++n) read_or_refused(log.substr(0, n));
  }
}

TEST(HostileLog, AnyByteChanged) {
  constexpr std::string_view kBytes = "\0\xff\"{[\\,9\n"sv;
  std::size_t next = 0;
  for (const auto* group : {&documents(), &lines(), &texts()}) {
    for (const std::string& log : *group) {
      for (std::size_t i = 0; i < log.size(); ++i) {
        std::string changed = log;
        changed[i] = kBytes[next++ % kBytes.size()];
        read_or_refused(changed);
      }
    }
  }
}

TEST(HostileLog, AMegabyteInOneTurn) {
  const std::string text = std::string(1'000'000, 'x') + "\xff\xed\xa0\xbd\xf0\x9f\x8c\xbe.";
  const std::vector<std::string> logs{
      R"({"id":"1","models":{"A":"m"},"turns":[{"turn":1,"speaker":"A","text":")" + text + "\"}]}",
      R"({"type":"config","model_a":"a","model_b":"b"})"
      "\n"
      R"({"type":"turn","turn":0,"label":"Model A","response":")" +
          text + "\"}\n",
      R"([{"role":"assistant","content":")" + text + "\"}]", "### A 1 ###\n" + text + "\n",
      "A: " + text + "\nB: y\n"};
  for (const std::string& log : logs) {
    const auto all = read_all(log);
    ASSERT_EQ(all.size(), 1u);
    ASSERT_FALSE(all[0].turns.empty());
    EXPECT_EQ(all[0].turns[0].text, text) << to_string(all[0].format);
  }
}

TEST(HostileLog, NumbersThatFitNowhere) {
  const auto turn = [](const std::string& number) {
    return R"({"id":"1","models":{"A":"m"},"turns":[{"turn":)" + number + R"(,"speaker":"A","text":""}]})";
  };
  for (const char* number :
       {"-1", "1.5", "1e3", "4294967297", "18446744073709551615", "18446744073709551617"}) {
    EXPECT_FALSE(read_or_refused(turn(number))) << number;
  }
  const std::string digits(100'000, '9');
  EXPECT_NE(error_of(turn(digits)).find(":1: byte "), std::string::npos) << error_of(turn(digits));
}

}  // namespace
}  // namespace duologue::store
