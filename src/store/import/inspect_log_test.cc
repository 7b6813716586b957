#include "store/import/inspect_log.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

TEST(InspectLog, EachSampleIsAConversation) {
  const auto all =
      read_all(R"({"version": 2, "status": "success", "eval": {"task": "talk", "model": "maker/m"},
    "samples": [
     {"id": 1, "epoch": 2, "attachments": {"ab12": "a long text"}, "messages": [
       {"role": "system", "content": "Be there."},
       {"role": "user", "content": "attachment://ab12", "source": "input"},
       {"role": "assistant", "source": "generate", "content": [
          {"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "Yes"}],
        "tool_calls": [{"id": "t", "function": "look", "arguments": {"at": [1]}, "type": "function"}]},
       {"role": "tool", "content": "seen", "tool_call_id": "t", "function": "look"},
       {"role": "user", "content": "attachment://none", "source": "operator"},
       {"role": "user", "content": "Me again"}]},
     {"id": "second", "error": {"message": "broke"}, "messages": []}]})");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].format, LogFormat::kInspect);
  EXPECT_EQ(all[0].id, "log#1");
  EXPECT_EQ(all[0].source_id, "1/2");
  EXPECT_EQ(told(all[0]), (Lines{"user(harness): a long text", "assistant: Yes",
                                 "user(human): attachment://none", "user: Me again"}));
  EXPECT_EQ(all[0].turns[1].reasoning, "hm");
  EXPECT_EQ(all[0].turns[1].tool_calls.at(0), (chat::ToolCall{"t", "look", "{\"at\":[1]}", "seen"}));
  EXPECT_EQ(all[0].participants[1].model, "maker/m");
  EXPECT_EQ(all[0].participants[1].system_prompt, "Be there.");
  EXPECT_EQ(all[0].ended, "success");
  EXPECT_EQ(all[1].source_id, "second");
  EXPECT_EQ(all[1].notes.at(0).detail, "broke");
}

TEST(InspectLog, SaysWhatIsMissing) {
  EXPECT_NE(error_of(R"({"status": "error", "eval": {}})").find("without samples"), std::string::npos);
  EXPECT_NE(error_of(R"({"status": "ok", "eval": {}, "samples": [{"id": 1}]})")
                .find("samples[0]: 'messages' is missing"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"eval": {}, "samples": []})").find("holds no conversation"), std::string::npos);
}

}  // namespace
}  // namespace duologue::store
