#include "store/import/openai_messages.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

TEST(OpenAiMessages, AreOneSidesView) {
  const LoggedConversation log = read_one(
      R"([{"role": "system", "content": "Be short."}, {"role": "developer", "content": "And kind."},
          {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"},
          {"role": "system", "content": "Hurry."}, {"role": "user", "name": "Bo", "content": "Hey"}])",
      LogFormat::kMessages);
  EXPECT_EQ(told(log), (Lines{"user: Hi", "assistant: Hello", "Bo: Hey"}));
  EXPECT_EQ(log.participants[1].system_prompt, "Be short.\n\nAnd kind.");
  ASSERT_EQ(log.between.size(), 1u);
  EXPECT_EQ(log.between[0].after_turn, 2u);
  EXPECT_EQ(std::get<chat::Injection>(log.between[0].what).to, 1u);
}

TEST(OpenAiMessages, ContentMayBeParts) {
  const LoggedConversation log = read_one(
      R"({"model": "m", "messages": [
          {"role": "user", "content": [{"type": "text", "text": "Look"},
                                       {"type": "image_url", "image_url": {}},
                                       {"type": "text", "text": " here"}, "!"]},
          {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"},
                                            {"type": "text", "text": "Nice"}]},
          {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
          {"role": "assistant", "content": null, "refusal": "Never."},
          {"role": "user", "content": []}]})",
      LogFormat::kMessages);
  EXPECT_EQ(told(log),
            (Lines{"user: Look here!", "assistant: Nice", "assistant: No.", "assistant: Never.", "user: "}));
  EXPECT_EQ(log.turns[1].reasoning, "hm");
  EXPECT_EQ(log.turns[2].stop_reason, chat::StopReason::kRefusal);
  EXPECT_EQ(log.turns[3].stop_reason, chat::StopReason::kRefusal);
  EXPECT_EQ(log.participants[1].model, "m");
  ASSERT_EQ(log.notes.size(), 1u);
  EXPECT_EQ(log.notes[0].detail, "a part of type 'image_url'");
}

TEST(OpenAiMessages, ResultsBelongToTheTurnThatCalled) {
  const LoggedConversation log = read_one(
      R"([{"role": "assistant", "content": null, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1}"}},
            {"id": "2", "type": "function", "function": {"name": "hear", "arguments": ""}}]},
          {"role": "tool", "tool_call_id": "2", "content": "birds"},
          {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "trees"}]},
          {"role": "tool", "tool_call_id": "9", "content": "lost"},
          {"role": "assistant", "content": [
            {"type": "tool_use", "id": "3", "name": "go", "input": {"n": 2}}]},
          {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "3", "content": "gone"}]},
          {"role": "assistant", "content": "", "function_call": {"name": "old", "arguments": "{}"}},
          {"role": "function", "name": "old", "content": "style"}])",
      LogFormat::kMessages);
  EXPECT_EQ(told(log), (Lines{"assistant: ", "assistant: ", "assistant: "}));
  EXPECT_EQ(log.turns[0].stop_reason, chat::StopReason::kToolCall);
  EXPECT_EQ(log.turns[0].tool_calls.at(0), (chat::ToolCall{"1", "look", "{\"at\": 1}", "trees"}));
  EXPECT_EQ(log.turns[0].tool_calls.at(1).result, "birds");
  EXPECT_EQ(log.turns[1].tool_calls.at(0), (chat::ToolCall{"3", "go", "{\"n\":2}", "gone"}));
  EXPECT_EQ(log.turns[2].tool_calls.at(0), (chat::ToolCall{"", "old", "{}", "style"}));
  EXPECT_EQ(log.notes.size(), 1u);
  EXPECT_EQ(log.participants.size(), 1u);
}

TEST(OpenAiMessages, LinesAndListsHoldSeveral) {
  const std::string one = R"({"messages": [{"role": "user", "content": "x"}]})";
  EXPECT_EQ(read_all(one + "\n" + one).size(), 2u);
  EXPECT_EQ(read_all("[" + one + ", " + one + "]").size(), 2u);
  EXPECT_TRUE(read_one(R"({"messages": []})", LogFormat::kMessages).turns.empty());
}

TEST(OpenAiMessages, SaysWhatIsMissing) {
  EXPECT_NE(error_of(R"([{"role": "user"}])").find("[0]: 'content' is missing"), std::string::npos);
  EXPECT_NE(
      error_of(R"([{"role": "user", "content": {}}])").find("[0].content: must be a text, not an object"),
      std::string::npos);
  EXPECT_NE(error_of(R"([{"role": "user", "content": ""}, {"content": ""}])").find("[1]: 'role' is missing"),
            std::string::npos);
  EXPECT_NE(
      error_of(R"([{"role": "user", "content": [{"text": ""}]}])").find("[0].content[0]: 'type' is missing"),
      std::string::npos);
}

}  // namespace
}  // namespace duologue::store
