#include "model/http/ollama.h"

#include <gtest/gtest.h>

#include "model/http/testing/fake_transport.h"
#include "model/http/testing/talk.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;
using base::Json;
using chat::StopReason;
using testing::read_all;
using testing::small_talk;

TEST(Ollama, AlwaysSetsTheContextAndSaysTheView) {
  GenerateConfig config;
  config.tools = testing::leave_tool();
  const auto call = ollama_chat().request(small_talk().view(), config, {"m:1b", Dialect::kOllama, 4'096});
  ASSERT_TRUE(call);
  const Json body = base::parse_json(body_text(*call)).value();
  EXPECT_EQ(call->path, "/api/chat");
  EXPECT_EQ(body["options"]["num_ctx"], 4'096);
  EXPECT_EQ(body["options"]["num_predict"], 256);
  EXPECT_EQ(body["options"]["top_k"], 0);
  EXPECT_EQ(body["truncate"], false);
  EXPECT_EQ(body["shift"], false);
  EXPECT_EQ(base::dump_json(body["messages"]),
            R"([{"role":"system","content":"Be brief."},{"role":"user","content":"hi"},)"
            R"({"role":"assistant","content":"hello",)"
            R"("tool_calls":[{"function":{"name":"leave","arguments":{"reason":"bored"}}}]},)"
            R"({"role":"tool","tool_name":"leave","content":"denied"},{"role":"user","content":"so"}])");
  EXPECT_EQ(body["tools"][0]["function"]["name"], "leave");
  const auto raw = ollama_generate().request(small_talk().view(), {}, {"m", Dialect::kOllama, 2'048});
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->path, "/api/generate");
  EXPECT_EQ(raw->body["raw"], true);
  EXPECT_EQ(raw->body["prompt"], "Be brief.\nhi\nhello\nso");
  EXPECT_EQ(raw->body["options"]["num_ctx"], 2'048);
}

TEST(Ollama, ReadsLinesAtEverySplit) {
  const std::string body =
      R"({"model":"m","message":{"role":"assistant","content":"","thinking":"hm"},"done":false})"
      "\n"
      R"({"model":"m","message":{"role":"assistant","content":"café"},"done":false})"
      "\r\n\n"
      R"({"model":"m","message":{"role":"assistant","content":"",)"
      R"("tool_calls":[{"function":{"name":"leave","arguments":{"a":1}}},)"
      R"({"function":{"name":"leave","arguments":{"a":2}}}]},"done":false})"
      "\n"
      R"({"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",)"
      R"("prompt_eval_count":26,"eval_count":9})";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const auto read = read_all(ollama_chat(), body, piece);
    ASSERT_TRUE(read.status);
    EXPECT_TRUE(read.ended);
    EXPECT_EQ(read.output.turn.text, "café");
    EXPECT_EQ(read.output.turn.reasoning, "hm");
    ASSERT_EQ(read.output.turn.tool_calls.size(), 2U);
    EXPECT_EQ(read.output.turn.tool_calls[1], (chat::ToolCall{"call_2", "leave", "{\"a\":2}", ""}));
    EXPECT_EQ(read.output.turn.stop_reason, StopReason::kToolCall);
    EXPECT_EQ(read.output.usage.prompt_tokens, 26U);
    EXPECT_EQ(read.output.usage.completion_tokens, 9U);
  }
}

TEST(Ollama, ReadsGeneratedTextAndErrorsInItsMiddle) {
  const auto text = read_all(ollama_generate(),
                             "{\"response\":\"ab\",\"done\":false}\n{\"response\":\"c\",\"done\":true,"
                             "\"done_reason\":\"length\"}\n");
  EXPECT_EQ(text.output.turn.text, "abc");
  EXPECT_EQ(text.output.turn.stop_reason, StopReason::kLength);
  const auto error =
      read_all(ollama_chat(), "{\"message\":{\"content\":\"so\"}}\n{\"error\":\"llama runner died\"}\n");
  ASSERT_FALSE(error.status);
  EXPECT_EQ(error.status.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(error.status.error().message.find("llama runner died"), std::string::npos);
  EXPECT_EQ(error.output.turn.text, "so");
  EXPECT_FALSE(read_all(ollama_chat(), "{\"message\":{\"content\":\"so\"},\"done\":false}\n").ended);
  EXPECT_FALSE(read_all(ollama_chat(), "not json\n").status);
}

TEST(Ollama, AsksForAModelsContext) {
  testing::FakeTransport transport;
  transport.answer(200, R"({"model_info":{"general.architecture":"llama","llama.context_length":131072}})");
  const Endpoint endpoint{Provider::kOllama, "m", "http://h"};
  EXPECT_EQ(ask_ollama_context(transport, endpoint, {}, {}).value_or(1), 131'072U);
  EXPECT_EQ(transport.requests[0].url, "http://h/api/show");
  transport.answer(404, "{}");
  EXPECT_EQ(ask_ollama_context(transport, endpoint, {}, {}).value_or(1), 0U);
}

}  // namespace
}  // namespace duologue::model::http
