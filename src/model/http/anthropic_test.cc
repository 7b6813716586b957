#include "model/http/anthropic.h"

#include <gtest/gtest.h>

#include "model/http/testing/talk.h"
#include "model/http/wire_json.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;
using chat::StopReason;
using testing::read_all;
using testing::small_talk;

std::string event(const std::string& type, const std::string& rest = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (rest.empty() ? "" : "," + rest) + "}\n\n";
}

std::string messages_of(const chat::OwnedView& view, const GenerateConfig& config = {}) {
  const auto call = anthropic_messages().request(view.view(), config, {"m", Dialect::kAnthropic, 0});
  return call ? call->messages.text() : call.error().message;
}

TEST(Anthropic, SaysTheViewWithToolResultsFirst) {
  GenerateConfig config;
  config.tools = testing::leave_tool();
  const auto call = anthropic_messages().request(small_talk().view(), config, {"m", Dialect::kAnthropic, 0});
  ASSERT_TRUE(call);
  EXPECT_EQ(call->path, "/v1/messages");
  EXPECT_EQ(call->body["system"], "Be brief.");
  EXPECT_EQ(call->body["max_tokens"], 256);
  EXPECT_EQ(call->body["tools"][0]["input_schema"]["type"], "object");
  EXPECT_FALSE(call->body.contains("top_k"));
  EXPECT_EQ(call->messages.text(),
            R"([{"role":"user","content":[{"type":"text","text":"hi"}]},)"
            R"({"role":"assistant","content":[{"type":"text","text":"hello"},)"
            R"({"type":"tool_use","id":"id1","name":"leave","input":{"reason":"bored"}}]},)"
            R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"id1","content":"denied"},)"
            R"({"type":"text","text":"so"}]}])");
}

TEST(Anthropic, SendsNoEmptyBlocksAndBeginsWithTheUser) {
  const std::string silent = R"({"role":"assistant","content":[{"type":"text","text":")" +
                             std::string(chat::kEmptyTurnPlaceholder) + R"("}]})";
  EXPECT_NE(messages_of(small_talk("", false)).find(silent), std::string::npos);
  const std::string call_alone = R"({"role":"assistant","content":[{"type":"tool_use")";
  EXPECT_NE(messages_of(small_talk(" ", true)).find(call_alone), std::string::npos);
  chat::OwnedView own_first = small_talk();
  own_first.messages.erase(own_first.messages.begin(), own_first.messages.begin() + 2);
  EXPECT_TRUE(messages_of(own_first).starts_with(R"([{"role":"user","content":[{"type":"text","text":")" +
                                                 std::string(kEarlierLeftOut)));
}

TEST(Anthropic, EndsInAPrefill) {
  GenerateConfig config;
  config.prefill = "I will";
  EXPECT_TRUE(messages_of(small_talk(), config)
                  .ends_with(R"({"role":"assistant","content":[{"type":"text","text":"I will"}]}])"));
}

TEST(Anthropic, ReadsAStreamAtEverySplit) {
  const std::string body =
      event("message_start",
            R"("message":{"model":"m-2","usage":{"input_tokens":5,"cache_read_input_tokens":10,)"
            R"("cache_creation_input_tokens":2,"output_tokens":1}})") +
      event("content_block_start", R"("index":0,"content_block":{"type":"thinking","thinking":""})") +
      event("ping") +
      event("content_block_delta", R"("index":0,"delta":{"type":"thinking_delta","thinking":"hm"})") +
      event("content_block_delta", R"("index":0,"delta":{"type":"signature_delta","signature":"xyz"})") +
      event("content_block_start", R"("index":1,"content_block":{"type":"text","text":""})") +
      event("content_block_delta", R"("index":1,"delta":{"type":"text_delta","text":"caf\u00e9"})") +
      event("content_block_stop", R"("index":1)") +
      event("content_block_start",
            R"("index":2,"content_block":{"type":"tool_use","id":"t1","name":"leave","input":{}})") +
      event("content_block_delta",
            R"("index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\""})") +
      event("content_block_delta", R"("index":2,"delta":{"type":"input_json_delta","partial_json":":1}"})") +
      event("message_delta", R"("delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":12})") +
      event("message_stop");
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const auto read = read_all(anthropic_messages(), body, piece);
    ASSERT_TRUE(read.status);
    EXPECT_TRUE(read.ended);
    EXPECT_EQ(read.output.turn.text, "café");
    EXPECT_EQ(read.output.turn.reasoning, "hm");
    ASSERT_EQ(read.output.turn.tool_calls.size(), 1U);
    EXPECT_EQ(read.output.turn.tool_calls[0], (chat::ToolCall{"t1", "leave", "{\"a\":1}", ""}));
    EXPECT_EQ(read.output.turn.stop_reason, StopReason::kToolCall);
    EXPECT_EQ(read.output.usage.prompt_tokens, 17U);
    EXPECT_EQ(read.output.usage.new_prompt_tokens, 7U);
    EXPECT_EQ(read.output.usage.completion_tokens, 12U);
    EXPECT_EQ(read.output.model_version, "m-2");
  }
}

TEST(Anthropic, TellsRefusalsAndErrorsApart) {
  const auto refusal =
      read_all(anthropic_messages(),
               event("message_delta", R"("delta":{"stop_reason":"refusal"})") + event("message_stop"));
  EXPECT_EQ(refusal.output.turn.stop_reason, StopReason::kRefusal);
  const auto error_of = [](const std::string& type) {
    const auto read =
        read_all(anthropic_messages(),
                 event("content_block_delta", R"("index":0,"delta":{"type":"text_delta","text":"so"})") +
                     event("error", R"("error":{"type":")" + type + R"(","message":"words"})"));
    EXPECT_FALSE(read.status);
    EXPECT_EQ(read.output.turn.text, "so");
    return read.status ? ErrorKind::kInternal : read.status.error().kind;
  };
  EXPECT_EQ(error_of("overloaded_error"), ErrorKind::kUnavailable);
  EXPECT_EQ(error_of("api_error"), ErrorKind::kUnavailable);
  EXPECT_EQ(error_of("rate_limit_error"), ErrorKind::kRateLimited);
  EXPECT_EQ(error_of("authentication_error"), ErrorKind::kModel);
  EXPECT_FALSE(
      read_all(anthropic_messages(), event("message_delta", R"("delta":{"stop_reason":"end_turn"})")).ended);
}

TEST(Anthropic, TakesAWholeMessage) {
  const auto read = read_all(
      anthropic_messages(),
      R"({"type":"message","model":"m","content":[{"type":"text","text":"hi"},)"
      R"({"type":"tool_use","id":"t","name":"n",)"
      R"("input":{"a":1}}],"stop_reason":"max_tokens","usage":{"input_tokens":3,"output_tokens":2}})");
  ASSERT_TRUE(read.status);
  EXPECT_TRUE(read.ended);
  EXPECT_EQ(read.output.turn.text, "hi");
  EXPECT_EQ(read.output.turn.stop_reason, StopReason::kLength);
  ASSERT_EQ(read.output.turn.tool_calls.size(), 1U);
  EXPECT_EQ(read.output.turn.tool_calls[0].arguments, "{\"a\":1}");
}

}  // namespace
}  // namespace duologue::model::http
