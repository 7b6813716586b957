#include "model/http/openai_responses.h"

#include <gtest/gtest.h>

#include "model/http/testing/talk.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;
using chat::StopReason;
using testing::read_all;
using testing::small_talk;

std::string event(const std::string& type, const std::string& rest) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (rest.empty() ? "" : "," + rest) + "}\n\n";
}

TEST(OpenAiResponses, SaysTheViewAsItems) {
  GenerateConfig config;
  config.tools = testing::leave_tool();
  const auto call = openai_responses().request(small_talk().view(), config, {"m", Dialect::kPlain, 0});
  ASSERT_TRUE(call);
  EXPECT_EQ(call->path, "/responses");
  EXPECT_EQ(call->body["instructions"], "Be brief.");
  EXPECT_EQ(call->messages.text(),
            R"([{"type":"message","role":"user","content":"hi"},{"type":"message",)"
            R"("role":"assistant","content":"hello"},)"
            R"({"type":"function_call","call_id":"id1","name":"leave","arguments":"{\"reason\":\"bored\"}"},)"
            R"({"type":"function_call_output","call_id":"id1","output":"denied"},)"
            R"({"type":"message","role":"user","content":"so"}])");
  EXPECT_EQ(call->body["store"], false);
  EXPECT_EQ(call->body["max_output_tokens"], 256);
  EXPECT_EQ(call->body["tools"][0]["name"], "leave");
}

TEST(OpenAiResponses, ReadsAStreamAtEverySplit) {
  const std::string body =
      event("response.created", R"("response":{"object":"response","status":"in_progress"})") +
      event("response.reasoning_text.delta", R"("delta":"hm")") +
      event("response.output_text.delta", R"("delta":"on")") +
      event("response.output_text.delta", R"("delta":"e")") +
      event("response.output_item.added", R"("output_index":2,"item":{"type":"function_call","call_id":"c1",)"
                                          R"("name":"leave","arguments":""})") +
      event("response.function_call_arguments.delta", R"("output_index":2,"delta":"{\"a\"")") +
      event("response.function_call_arguments.delta", R"("output_index":2,"delta":":1}")") +
      event("response.completed",
            R"("response":{"model":"m-1","status":"completed","usage":{"input_tokens":9,"output_tokens":4,)"
            R"("input_tokens_details":{"cached_tokens":3},"output_tokens_details":{"reasoning_tokens":1}}})");
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const auto read = read_all(openai_responses(), body, piece);
    ASSERT_TRUE(read.status);
    EXPECT_TRUE(read.ended);
    EXPECT_EQ(read.output.turn.text, "one");
    EXPECT_EQ(read.output.turn.reasoning, "hm");
    ASSERT_EQ(read.output.turn.tool_calls.size(), 1U);
    EXPECT_EQ(read.output.turn.tool_calls[0], (chat::ToolCall{"c1", "leave", "{\"a\":1}", ""}));
    EXPECT_EQ(read.output.turn.stop_reason, StopReason::kToolCall);
    EXPECT_EQ(read.output.usage.prompt_tokens, 9U);
    EXPECT_EQ(read.output.usage.new_prompt_tokens, 6U);
    EXPECT_EQ(read.output.usage.reasoning_tokens, 1U);
    EXPECT_EQ(read.output.model_version, "m-1");
  }
}

TEST(OpenAiResponses, TellsHowAnAnswerEnded) {
  const auto cut = read_all(openai_responses(),
                            event("response.output_text.delta", R"("delta":"a")") +
                                event("response.incomplete",
                                      R"("response":{"incomplete_details":{"reason":"max_output_tokens"}})"));
  EXPECT_TRUE(cut.ended);
  EXPECT_EQ(cut.output.turn.stop_reason, StopReason::kLength);
  const auto refused = read_all(openai_responses(), event("response.refusal.delta", R"("delta":"no")") +
                                                        event("response.completed", R"("response":{})"));
  EXPECT_EQ(refused.output.turn.stop_reason, StopReason::kRefusal);
  EXPECT_EQ(refused.output.turn.text, "no");
  const auto failed =
      read_all(openai_responses(),
               event("response.failed", R"("response":{"error":{"code":"server_error","message":"x"}})"));
  ASSERT_FALSE(failed.status);
  EXPECT_EQ(failed.status.error().kind, ErrorKind::kUnavailable);
  const auto limited =
      read_all(openai_responses(), event("error", R"("code":"rate_limit_exceeded","message":"x")"));
  ASSERT_FALSE(limited.status);
  EXPECT_EQ(limited.status.error().kind, ErrorKind::kRateLimited);
  EXPECT_FALSE(read_all(openai_responses(), event("response.output_text.delta", R"("delta":"a")")).ended);
}

}  // namespace
}  // namespace duologue::model::http
