#include "model/http/openai_chat.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "model/http/completions.h"
#include "model/http/testing/talk.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;
using base::Json;
using chat::StopReason;
using testing::read_all;
using testing::small_talk;

Json body_of(const WireForm& form, const chat::OwnedView& view, const GenerateConfig& config,
             Dialect dialect = Dialect::kPlain) {
  const auto call = form.request(view.view(), config, {"m", dialect, 0});
  EXPECT_TRUE(call) << (call ? "" : call.error().message);
  return call ? base::parse_json(body_text(*call)).value() : Json();
}

// An event a line, as a server streams them.
std::string stream(const std::vector<std::string>& events) {
  std::string body;
  for (const std::string& event : events) body += "data: " + event + "\n\n";
  return body;
}

std::string delta(const std::string& inner, const std::string& finish = "null") {
  return R"({"model":"m-1","choices":[{"index":0,"delta":{)" + inner + R"(},"finish_reason":)" + finish +
         "}]}";
}

TEST(OpenAiChat, SaysTheViewWithToolsAndTheirResults) {
  GenerateConfig config;
  config.tools = testing::leave_tool();
  const Json body = body_of(openai_chat(), small_talk(), config);
  EXPECT_EQ(base::dump_json(body["messages"]),
            R"([{"role":"system","content":"Be brief."},{"role":"user","content":"hi"},)"
            R"({"role":"assistant","content":"hello","tool_calls":[{"id":"id1","type":"function",)"
            R"("function":{"name":"leave","arguments":"{\"reason\":\"bored\"}"}}]},)"
            R"({"role":"tool","tool_call_id":"id1","content":"denied"},{"role":"user","content":"so"}])");
  EXPECT_EQ(base::dump_json(body["tools"]),
            R"([{"type":"function","function":{"name":"leave","description":"Leaves.",)"
            R"("parameters":{"type":"object","properties":{"reason":{"type":"string"}}}}}])");
  EXPECT_EQ(body["stream"], true);
  EXPECT_EQ(body["stream_options"]["include_usage"], true);
  EXPECT_LE(body["seed"].get<std::uint64_t>(), 0x7FFFFFFFU);
}

TEST(OpenAiChat, SendsWhatADialectTakes) {
  GenerateConfig config;
  config.sampling.stop = {"a", "b", "c", "d", "e"};
  const Json plain = body_of(openai_chat(), small_talk(), config);
  EXPECT_EQ(plain["max_tokens"], 256);
  EXPECT_EQ(plain["stop"].size(), 4U);
  EXPECT_FALSE(plain.contains("top_k"));
  const Json openai = body_of(openai_chat(), small_talk(), config, Dialect::kOpenAi);
  EXPECT_EQ(openai["max_completion_tokens"], 256);
  EXPECT_FALSE(openai.contains("max_tokens"));
  const Json llama = body_of(openai_chat(), small_talk(), config, Dialect::kLlamaServer);
  EXPECT_EQ(llama["top_k"], 0);
  EXPECT_EQ(llama["min_p"], 0.0);
  EXPECT_EQ(llama["repeat_last_n"], 64);
  EXPECT_EQ(llama["stop"].size(), 5U);
  const Json vllm = body_of(openai_chat(), small_talk(), config, Dialect::kVllm);
  EXPECT_EQ(vllm["top_k"], -1);
  EXPECT_EQ(vllm["repetition_penalty"], 1.0);
}

TEST(OpenAiChat, ContinuesAPrefill) {
  GenerateConfig config;
  config.prefill = "I will";
  const Json body = body_of(openai_chat(), small_talk(), config, Dialect::kVllm);
  EXPECT_EQ(body["messages"].back()["role"], "assistant");
  EXPECT_EQ(body["messages"].back()["content"], "I will");
  EXPECT_EQ(body["continue_final_message"], true);
  const auto read = read_all(openai_chat(), stream({delta(R"("content":" go")", "\"stop\"")}), 9,
                             {.stop = {}, .splits_reasoning = true, .prefill = "I will", .on_delta = {}});
  EXPECT_EQ(read.output.turn.text, "I will go");
  EXPECT_EQ(read.deltas, "I will go");
}

TEST(OpenAiChat, WrapsArgumentsThatAreNoObject) {
  const Json body = body_of(openai_chat(), small_talk("x", true, "not json"), {});
  EXPECT_EQ(body["messages"][2]["tool_calls"][0]["function"]["arguments"], R"({"arguments":"not json"})");
}

TEST(OpenAiChat, RefusesAToolWhoseParametersAreNoSchema) {
  GenerateConfig config;
  config.tools = std::make_shared<const chat::Tools>(chat::Tools{{"x", "", "[1]"}});
  const auto call = openai_chat().request(small_talk().view(), config, {"m", Dialect::kPlain, 0});
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().kind, ErrorKind::kUsage);
}

TEST(OpenAiChat, ReadsTextUsageAndEndAtEverySplit) {
  const std::string body =
      ": OPENROUTER PROCESSING\n\n" +
      stream({delta(R"("role":"assistant","content":null)"), delta(R"("content":"caf\u00e9 ")"),
              delta(R"("content":"🌾")"), delta("", "\"length\""),
              R"({"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":7,)"
              R"("prompt_tokens_details":{"cached_tokens":15},)"
              R"("completion_tokens_details":{"reasoning_tokens":2}}})",
              "[DONE]"});
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const auto read = read_all(openai_chat(), body, piece);
    ASSERT_TRUE(read.status) << read.status.error().message;
    EXPECT_TRUE(read.ended);
    EXPECT_EQ(read.output.turn.text, "café 🌾");
    EXPECT_EQ(read.deltas, "café 🌾");
    EXPECT_EQ(read.output.turn.stop_reason, StopReason::kLength);
    EXPECT_EQ(read.output.model_version, "m-1");
    EXPECT_EQ(read.output.usage.prompt_tokens, 20U);
    EXPECT_EQ(read.output.usage.new_prompt_tokens, 5U);
    EXPECT_EQ(read.output.usage.completion_tokens, 7U);
    EXPECT_EQ(read.output.usage.reasoning_tokens, 2U);
  }
}

TEST(OpenAiChat, KeepsReasoningApart) {
  for (const char* field : {"reasoning_content", "reasoning"}) {
    const auto read = read_all(openai_chat(), stream({delta("\"" + std::string(field) + "\":\"hm \""),
                                                      delta("\"" + std::string(field) + "\":\"yes\""),
                                                      delta(R"("content":"ok")", "\"stop\"")}));
    EXPECT_EQ(read.output.turn.reasoning, "hm yes");
    EXPECT_EQ(read.output.turn.text, "ok");
  }
  const auto in_text = read_all(
      openai_chat(),
      stream({delta(R"("content":"<thi")"), delta(R"("content":"nk>hm</think>\n\nok")", "\"stop\"")}));
  EXPECT_EQ(in_text.output.turn.reasoning, "hm");
  EXPECT_EQ(in_text.output.turn.text, "ok");
  EXPECT_EQ(in_text.deltas, "ok");
}

TEST(OpenAiChat, AssemblesToolCalls) {
  const auto read = read_all(openai_chat(),
                             stream({delta(R"("tool_calls":[{"index":0,"id":"c1","type":"function",)"
                                           R"("function":{"name":"leave","arguments":""}}])"),
                                     delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}])"),
                                     delta(R"("tool_calls":[{"index":0,"function":{"arguments":":1}"}}])"),
                                     delta("", "\"tool_calls\"")}));
  ASSERT_EQ(read.output.turn.tool_calls.size(), 1U);
  EXPECT_EQ(read.output.turn.tool_calls[0], (chat::ToolCall{"c1", "leave", "{\"a\":1}", ""}));
  EXPECT_EQ(read.output.turn.stop_reason, StopReason::kToolCall);
  EXPECT_EQ(read.output.turn.text, "");
}

TEST(OpenAiChat, TakesRefusalsFiltersAndEmptyAnswersAsData) {
  const auto refusal =
      read_all(openai_chat(), stream({delta(R"("refusal":"I can't")"), delta("", "\"stop\"")}));
  EXPECT_EQ(refusal.output.turn.text, "I can't");
  EXPECT_EQ(refusal.output.turn.stop_reason, StopReason::kRefusal);
  const auto filter =
      read_all(openai_chat(), stream({delta(R"("content":"I")"), delta("", "\"content_filter\"")}));
  EXPECT_EQ(filter.output.turn.stop_reason, StopReason::kContentFilter);
  const auto empty = read_all(openai_chat(), stream({delta(R"("content":null)", "\"stop\"")}));
  EXPECT_TRUE(empty.ended);
  EXPECT_EQ(empty.output.turn.text, "");
}

TEST(OpenAiChat, NeverTakesAnErrorForText) {
  const auto error_of = [](const std::string& body) {
    const auto read = read_all(openai_chat(), body, 11);
    EXPECT_FALSE(read.status) << body;
    EXPECT_TRUE(read.output.turn.text.empty() || read.output.turn.text == "so ") << read.output.turn.text;
    return read.status ? base::Error{} : read.status.error();
  };
  const std::string said = delta(R"("content":"so ")");
  base::Error error = error_of(stream({said, R"({"error":{"code":502,"message":"upstream died"}})"}));
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error.message, "openai:m at http://h: HTTP 502: upstream died");
  error = error_of(stream({said, R"({"error":{"type":"rate_limit_error","message":"slow"}})"}));
  EXPECT_EQ(error.kind, ErrorKind::kRateLimited);
  error = error_of(stream({R"({"error":{"code":"insufficient_quota","message":"pay"}})"}));
  EXPECT_EQ(error.kind, ErrorKind::kModel);
  error = error_of("{\"error\":{\"message\":\"bad key sk-1\",\"type\":\"authentication_error\"}}");
  EXPECT_EQ(error.kind, ErrorKind::kModel);
  EXPECT_EQ(error.message.find("sk-1"), std::string::npos) << error.message;
  EXPECT_EQ(error_of(stream({said, "{\"choices\":[{"})).kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error_of(stream({said, "oops"})).kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error_of(stream({said, delta("", "\"error\"")})).kind, ErrorKind::kUnavailable);
}

TEST(OpenAiChat, KnowsThatAnAnswerBrokeOff) {
  EXPECT_FALSE(read_all(openai_chat(), stream({delta(R"("content":"so ")")})).ended);
  EXPECT_FALSE(read_all(openai_chat(), "").ended);
}

TEST(OpenAiChat, JoinsHalfCharactersOfTwoEvents) {
  const auto surrogates = read_all(
      openai_chat(), stream({delta(R"("content":"\ud83c")"), delta(R"("content":"\udf3e!")", "\"stop\"")}));
  ASSERT_TRUE(surrogates.status);
  EXPECT_EQ(surrogates.output.turn.text, "🌾!");
  const auto bytes = read_all(
      openai_chat(), stream({delta("\"content\":\"caf\xC3\""), delta("\"content\":\"\xA9\"", "\"stop\"")}));
  ASSERT_TRUE(bytes.status);
  EXPECT_EQ(bytes.output.turn.text, "café");
  EXPECT_EQ(bytes.deltas, "café");
}

TEST(OpenAiChat, CutsAtStopStringsItself) {
  const auto read =
      read_all(openai_chat(), stream({delta(R"("content":"one EN")"), delta(R"("content":"D two")")}), 5,
               {.stop = {"END"}, .splits_reasoning = true, .prefill = {}, .on_delta = {}});
  EXPECT_EQ(read.output.turn.text, "one ");
  EXPECT_EQ(read.deltas, "one ");
  EXPECT_EQ(read.output.turn.stop_reason, StopReason::kStopSequence);
}

TEST(OpenAiChat, TakesAWholeAnswerOfAServerThatDoesntStream) {
  const auto read = read_all(
      openai_chat(), R"({"object":"chat.completion","model":"m","choices":[{"index":0,)"
                     R"("message":{"role":"assistant","content":"hi"},)"
                     R"("finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}})");
  ASSERT_TRUE(read.status);
  EXPECT_TRUE(read.ended);
  EXPECT_EQ(read.output.turn.text, "hi");
  EXPECT_EQ(read.output.usage.prompt_tokens, 3U);
}

// Two tokens of probability 1/2 and 1/4; beside the first the other half is unseen, beside the second all is.
TEST(OpenAiChat, MakesEntropyAndSurprisalOfLogprobs) {
  const std::string half = std::to_string(std::log(0.5));
  const std::string quarter = std::to_string(std::log(0.25));
  const std::string logprobs = R"("logprobs":{"content":[{"token":"a","logprob":)" + half +
                               R"(,"top_logprobs":[{"token":"a","logprob":)" + half +
                               R"(}]},{"token":"b","logprob":)" + quarter +
                               R"(,"top_logprobs":[{"logprob":)" + half + R"(},{"logprob":)" + quarter +
                               "},{\"logprob\":" + quarter + "}]}]}";
  const auto read = read_all(
      openai_chat(),
      stream({R"({"choices":[{"delta":{"content":"ab"},"finish_reason":"stop",)" + logprobs + "}]}"}));
  ASSERT_TRUE(read.output.stats.entropy_bits);
  EXPECT_NEAR(*read.output.stats.entropy_bits, (1.0 + 1.5) / 2, 1e-4);
  ASSERT_TRUE(read.output.stats.surprisal_bpb);
  EXPECT_NEAR(*read.output.stats.surprisal_bpb, (1.0 + 2.0) / 2, 1e-4);
}

TEST(Completions, ReadsBothShapesOfLogprobs) {
  const auto body_with = [](const std::string& logprobs) {
    return stream({R"({"choices":[{"text":"ab","finish_reason":"stop","logprobs":)" + logprobs + "}]}"});
  };
  const std::string half = std::to_string(std::log(0.5));
  const auto older =
      read_all(completions(), body_with(R"({"tokens":["a","b"],"token_logprobs":[)" + half + "," + half +
                                        R"(],"top_logprobs":[{"a":)" + half + R"(,"c":)" + half +
                                        R"(},{"b":)" + half + R"(,"c":)" + half + "}]}"));
  EXPECT_EQ(older.output.turn.text, "ab");
  EXPECT_NEAR(older.output.stats.entropy_bits.value_or(-1), 1.0, 1e-4);
  EXPECT_NEAR(older.output.stats.surprisal_bpb.value_or(-1), 1.0, 1e-4);
  const auto newer = read_all(
      completions(), body_with(R"({"content":[{"logprob":)" + half + "},{\"logprob\":" + half + "}]}"));
  EXPECT_FALSE(newer.output.stats.entropy_bits);
  EXPECT_NEAR(newer.output.stats.surprisal_bpb.value_or(-1), 1.0, 1e-4);
  const auto unknown = read_all(completions(), body_with(R"({"token_logprobs":[-9999.0,)" + half + "]}"));
  EXPECT_FALSE(unknown.output.stats.surprisal_bpb);
}

TEST(Completions, SendsTheTextsAsOnePrompt) {
  GenerateConfig config;
  config.prefill = " and";
  const Json body = body_of(completions(), small_talk(), config, Dialect::kLlamaServer);
  EXPECT_EQ(body["prompt"], "Be brief.\nhi\nhello\nso and");
  EXPECT_EQ(body["logprobs"], 20);
  EXPECT_EQ(body_of(completions(), small_talk(), config)["logprobs"], 5);
}

}  // namespace
}  // namespace duologue::model::http
