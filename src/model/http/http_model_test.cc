#include "model/http/http_model.h"

#include <map>

#include <gtest/gtest.h>

#include "model/http/line_reader.h"
#include "model/http/open_http.h"
#include "model/http/openai_chat.h"
#include "model/http/sampler_fields.h"
#include "model/http/testing/fake_transport.h"
#include "model/http/testing/talk.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;
using base::Json;
using testing::FakeTransport;
using testing::small_talk;

std::string stream(const std::string& text, unsigned prompt_tokens = 10) {
  return R"(data: {"choices":[{"delta":{"content":")" + text + R"("},"finish_reason":"stop"}]})" + "\n\n" +
         R"(data: {"choices":[],"usage":{"prompt_tokens":)" + std::to_string(prompt_tokens) +
         R"(,"completion_tokens":2}})" + "\n\ndata: [DONE]\n\n";
}

struct Fixture {
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>();
  std::unique_ptr<HttpModel> model;

  explicit Fixture(std::uint32_t context_tokens = 0) {
    HttpModelOptions options;
    options.info.context_tokens = context_tokens;
    options.target = {"m", Dialect::kPlain, 0};
    options.blame = testing::kBlame;
    options.base_url = "http://h/v1";
    options.secrets = {{"Authorization", "Bearer sk-1"}};
    options.chat = &openai_chat();
    options.transport = transport;
    model = std::make_unique<HttpModel>(std::move(options));
  }
  base::Result<ModelOutput> generate(const chat::OwnedView& view = small_talk(), GenerateConfig config = {}) {
    return model->generate(view.view(), config, {}, nullptr);
  }
  Json body(std::size_t request) const {
    return base::parse_json(transport->requests.at(request).body).value_or(Json());
  }
};

TEST(HttpModel, AsksAndAnswers) {
  Fixture fixture;
  fixture.transport->answer(200, stream("hi"));
  const auto output = fixture.generate();
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->turn.text, "hi");
  EXPECT_EQ(output->usage.prompt_tokens, 10U);
  const HttpRequest& request = fixture.transport->requests[0];
  EXPECT_EQ(request.url, "http://h/v1/chat/completions");
  EXPECT_EQ(request.secrets[0].value, "Bearer sk-1");
  EXPECT_EQ(request.body.find("sk-1"), std::string::npos);
  EXPECT_TRUE(output->events.empty());
}

TEST(HttpModel, LeavesOutWhatTheServerRefusesAndSaysSoOnce) {
  Fixture fixture;
  const auto refuse = [&](const std::string& name) {
    fixture.transport->answer(
        400, R"({"error":{"message":"Unsupported parameter: ')" + name + R"('","param":")" + name + "\"}}");
  };
  refuse("logprobs");
  refuse("max_tokens");
  fixture.transport->answer(200, stream("hi"));
  const auto output = fixture.generate();
  ASSERT_TRUE(output) << output.error().message;
  ASSERT_EQ(output->events.size(), 2U);
  EXPECT_EQ(output->events[0].kind, "parameter_refused");
  EXPECT_TRUE(fixture.body(0).contains("logprobs"));
  EXPECT_FALSE(fixture.body(2).contains("logprobs"));
  EXPECT_FALSE(fixture.body(2).contains("top_logprobs"));
  EXPECT_FALSE(fixture.body(2).contains("max_tokens"));
  EXPECT_EQ(fixture.body(2)["max_completion_tokens"], 256);
  fixture.transport->answer(200, stream("again"));
  EXPECT_TRUE(fixture.generate()->events.empty());
  EXPECT_FALSE(fixture.body(3).contains("logprobs"));
}

TEST(HttpModel, GivesUpOnARefusalThatNamesNothingItCanLeaveOut) {
  Fixture fixture;
  fixture.transport->answer(400, R"({"error":{"message":"messages: roles must alternate"}})");
  EXPECT_EQ(fixture.generate().error().kind, ErrorKind::kModel);
  EXPECT_EQ(fixture.transport->requests.size(), 1U);
}

TEST(HttpModel, TakesAFilteredRequestAsAnEmptyTurn) {
  Fixture fixture;
  fixture.transport->answer(400, R"({"error":{"code":"content_filter","message":"filtered"}})");
  const auto output = fixture.generate();
  ASSERT_TRUE(output) << output.error().message;
  EXPECT_EQ(output->turn.text, "");
  EXPECT_EQ(output->turn.stop_reason, chat::StopReason::kContentFilter);
}

TEST(HttpModel, MakesErrorsOfWhatBreaksOff) {
  Fixture fixture;
  fixture.transport->answer(200, R"(data: {"choices":[{"delta":{"content":"half"}}]})"
                                 "\n\n");
  auto output = fixture.generate();
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(output.error().message.find("broke off"), std::string::npos);
  fixture.transport->answer(200, "");
  EXPECT_EQ(fixture.generate().error().kind, ErrorKind::kUnavailable);
  fixture.transport->answer(200, std::string(kMaxLine + 10, 'x'));
  fixture.transport->piece = 1 << 20;
  EXPECT_EQ(fixture.generate().error().kind, ErrorKind::kUnavailable) << "not the user's bad input";
  fixture.transport->fail(ErrorKind::kTimeout, "late");
  EXPECT_EQ(fixture.generate().error().kind, ErrorKind::kTimeout);
}

TEST(HttpModel, SaysWhichPromptingAnApiHas) {
  Fixture fixture;
  GenerateConfig config;
  config.raw_prompt = true;
  EXPECT_EQ(fixture.generate(small_talk(), config).error().kind, ErrorKind::kUsage);
}

TEST(HttpModel, OverflowsBeforeAskingWhereTheContextIsKnown) {
  Fixture fixture(300);
  const auto output = fixture.generate(small_talk(std::string(1'000, 'x')));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::kContextOverflow);
  EXPECT_TRUE(fixture.transport->requests.empty());
  EXPECT_EQ(fixture.model->token_counts(small_talk().view(), {})->size(), 4U);
}

TEST(HttpModel, TellsASilentCut) {
  Fixture fixture;
  const std::string text(6'000, 'x');
  fixture.transport->answer(200, stream("a", 1'500));
  EXPECT_TRUE(fixture.generate(small_talk(text))->events.empty());
  fixture.transport->answer(200, stream("a", 700));
  const auto cut = fixture.generate(small_talk(text));
  ASSERT_EQ(cut->events.size(), 1U);
  EXPECT_EQ(cut->events[0].kind, "context_cut");
  EXPECT_NE(cut->events[0].detail.find("the provider read 700"), std::string::npos) << cut->events[0].detail;
}

TEST(ContextWatch, KnowsACutByWhatTheSameConversationTookBefore) {
  ContextWatch watch;
  chat::Transcript transcript;
  transcript.append(chat::Injection{0, chat::Placement::kAppended, "hi", {}});
  chat::ViewBuilder builder(chat::Seat{0, "Be brief.", {}, {}, {}});
  EXPECT_FALSE(watch.check({1, 0}, builder.update(transcript), 100));
  transcript.append(chat::Turn{});
  transcript.append(chat::Turn{});
  EXPECT_FALSE(watch.check({1, 0}, builder.update(transcript), 120));
  EXPECT_TRUE(watch.check({1, 0}, builder.update(transcript), 60));
  EXPECT_FALSE(watch.check({1, 0}, builder.update(transcript), 0));   // says nothing
  EXPECT_FALSE(watch.check({2, 0}, builder.update(transcript), 60));  // another conversation
  chat::ConfigChange forget;
  forget.forget_through_turn = 1;
  transcript.append(forget);
  EXPECT_FALSE(watch.check({1, 0}, builder.update(transcript), 60));  // the view itself begins later
}

TEST(SamplerFields, TellWhatWouldChangeTheTextAndCantBeSent) {
  chat::Sampling sampling;
  EXPECT_TRUE(unsent_samplers(sampling, Api::kChat, Dialect::kPlain).empty());
  sampling.min_p = 0.05;
  sampling.top_k = 40;
  sampling.dry_base = 2;  // DRY is off: this does nothing
  sampling.stop = {"x"};
  EXPECT_EQ(unsent_samplers(sampling, Api::kChat, Dialect::kPlain),
            (std::vector<std::string>{"top_k 40", "min_p 0.05"}));
  EXPECT_EQ(unsent_samplers(sampling, Api::kAnthropic, Dialect::kAnthropic),
            (std::vector<std::string>{"min_p 0.05"}));
  EXPECT_TRUE(unsent_samplers(sampling, Api::kChat, Dialect::kLlamaServer).empty());
  EXPECT_TRUE(unsent_samplers(sampling, Api::kOllama, Dialect::kOllama).empty());
  sampling.repeat_penalty = 1.1;
  sampling.penalty_last_n = 32;
  EXPECT_EQ(unsent_samplers(sampling, Api::kChat, Dialect::kOpenRouter),
            (std::vector<std::string>{"penalty_last_n 32"}));
}

struct Opened {
  base::Result<std::shared_ptr<Model>> model = base::fail(ErrorKind::kInternal, "");
  std::vector<std::string> said;
};

Opened open(const std::string& resolved, const std::shared_ptr<FakeTransport>& transport,
            chat::Sampling sampling = {}) {
  Opened opened;
  opened.model = open_http({.name = resolved.substr(0, resolved.find('@')),
                            .resolved = resolved,
                            .context_tokens = 0,
                            .sampling = {sampling},
                            .transport = transport,
                            .timeouts = {},
                            .say = [&opened](std::string_view line) { opened.said.emplace_back(line); },
                            .stop = {},
                            .env = [](std::string_view) { return std::optional<std::string>(); }});
  return opened;
}

TEST(OpenHttp, AsksWhoTheServerIs) {
  const auto transport = std::make_shared<FakeTransport>();
  transport->answer(200,
                    R"({"data":[{"id":"x.gguf","owned_by":"llamacpp","meta":{"n_ctx":4096,"size":5}}]})");
  auto opened = open("openai:any@http://127.0.0.1:1/v1", transport);
  ASSERT_TRUE(opened.model) << opened.model.error().message;
  EXPECT_EQ((*opened.model)->info().context_tokens, 4'096U);
  EXPECT_TRUE((*opened.model)->info().prefill);
  EXPECT_TRUE(opened.said.empty());

  transport->answer(404, "no such page");
  chat::Sampling sampling;
  sampling.min_p = 0.1;
  opened = open("openai:any@http://127.0.0.1:1/v1", transport, sampling);
  ASSERT_TRUE(opened.model) << opened.model.error().message;
  EXPECT_EQ(opened.said,
            (std::vector<std::string>{"openai:any: this API has no word for min_p 0.1: the server's own "
                                      "values hold"}));
}

TEST(OpenHttp, NamesTheNearestOfWhatTheServerHas) {
  const auto transport = std::make_shared<FakeTransport>();
  const std::string list = R"({"data":[{"id":"gpt-4o-mini"},{"id":"other"}]})";
  transport->answer(200, list);
  transport->answer(404, "{}");
  auto opened = open("openai:gpt-4o-mni@http://127.0.0.1:1/v1", transport);
  ASSERT_FALSE(opened.model);
  EXPECT_EQ(opened.model.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(opened.model.error().message,
            "openai:gpt-4o-mni: http://127.0.0.1:1 has no such model; did you mean 'gpt-4o-mini'?");
  EXPECT_EQ(transport->requests.back().url, "http://127.0.0.1:1/v1/models/gpt-4o-mni");
  transport->answer(200, list);
  transport->answer(200, "{}");  // the server knows a name that it doesn't list
  EXPECT_TRUE(open("openai:latest@http://127.0.0.1:1/v1", transport).model);
}

TEST(OpenHttp, SetsOllamasContext) {
  const auto transport = std::make_shared<FakeTransport>();
  transport->answer(200, R"({"models":[{"name":"m:latest","size":7,"digest":"abc"}]})");
  transport->answer(200, R"({"model_info":{"llama.context_length":131072}})");
  const auto opened = open("ollama:m@http://127.0.0.1:1", transport);
  ASSERT_TRUE(opened.model) << opened.model.error().message;
  EXPECT_EQ((*opened.model)->info().context_tokens, 8'192U);
  EXPECT_EQ((*opened.model)->info().identity, "ollama:m@http://127.0.0.1:1 abc");
  transport->answer(200, R"({"message":{"content":"hi"},"done":true,"done_reason":"stop"})"
                         "\n");
  ASSERT_TRUE((*opened.model)->generate(small_talk().view(), {}, {}, nullptr));
  EXPECT_EQ((*base::parse_json(transport->requests.back().body))["options"]["num_ctx"], 8'192);
  transport->answer(200, R"({"models":[]})");
  const auto missing = open("ollama:x@http://127.0.0.1:1", transport);
  EXPECT_EQ(missing.model.error().message,
            "ollama:x: http://127.0.0.1:1 has no such model; it has none; `ollama pull x` gets it");
}

}  // namespace
}  // namespace duologue::model::http
