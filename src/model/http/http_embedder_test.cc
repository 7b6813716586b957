#include "model/http/http_embedder.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"
#include "model/http/testing/fake_transport.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;
using base::Json;

class HttpEmbedderTest : public ::testing::Test {
 protected:
  HttpEmbedderTest() { transport_->answer(200, vectors({{0, {0.5, 0.5}}})); }

  // An answer with these vectors under these indices.
  static std::string vectors(const std::vector<std::pair<int, std::vector<double>>>& all) {
    Json data = Json::array();
    for (const auto& [index, vector] : all)
      data.push_back({{"object", "embedding"}, {"index", index}, {"embedding", vector}});
    return Json{{"object", "list"}, {"data", data}}.dump();
  }
  base::Result<std::unique_ptr<Embedder>> open(const std::string& name = "openai:e@http://127.0.0.1:9/v1") {
    return open_http_embedder({.name = name,
                               .resolved = name,
                               .transport = transport_,
                               .timeouts = {},
                               .retry = {.attempts = 2, .first_wait = std::chrono::milliseconds(0)},
                               .stop = {},
                               .env = [](std::string_view) -> std::optional<std::string> { return {}; }});
  }
  Json body(std::size_t request) const { return *base::parse_json(transport_->requests[request].body); }

  std::shared_ptr<testing::FakeTransport> transport_ = std::make_shared<testing::FakeTransport>();
};

TEST_F(HttpEmbedderTest, AsksForAllAtOnceAndKeepsTheOrder) {
  const auto embedder = open();
  ASSERT_TRUE(embedder) << embedder.error().message;
  EXPECT_EQ((*embedder)->info().dimensions, 2U);
  EXPECT_EQ((*embedder)->info().identity.size(), 64U);
  transport_->answer(200, vectors({{1, {0, 2}}, {0, {3, 0}}}));
  const std::vector<std::string_view> texts{"one", " \n", "t\xffwo"};
  const auto found = (*embedder)->embed(texts, {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(std::vector<float>(found->row(0).begin(), found->row(0).end()), (std::vector<float>{1, 0}));
  EXPECT_TRUE(found->missing(1)) << "blank texts aren't sent";
  EXPECT_EQ(std::vector<float>(found->row(2).begin(), found->row(2).end()), (std::vector<float>{0, 1}));
  EXPECT_EQ(transport_->requests[1].url, "http://127.0.0.1:9/v1/embeddings");
  EXPECT_EQ(body(1)["input"], Json::parse(R"(["one", "t\ufffdwo"])"));
  EXPECT_EQ(body(1)["model"], "e");
}

TEST_F(HttpEmbedderTest, ManyGoInBatches) {
  const auto embedder = open();
  ASSERT_TRUE(embedder);
  std::vector<std::pair<int, std::vector<double>>> full;
  for (int i = 0; i < 32; ++i) full.push_back({i, {1, 1}});
  transport_->answer(200, vectors(full));
  transport_->answer(200, vectors({{0, {1, 0}}}));
  const std::vector<std::string_view> texts(33, "x");
  const auto found = (*embedder)->embed(texts, {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->row(32)[0], 1);
  EXPECT_EQ(body(2)["input"].size(), 1U);
}

TEST_F(HttpEmbedderTest, WhatIsTooLongIsCutInTwo) {
  const auto embedder = open();
  ASSERT_TRUE(embedder);
  const std::string too_long =
      R"({"error":{"message":"maximum context length","code":"context_length_exceeded"}})";
  transport_->answer(400, too_long);  // the batch
  transport_->answer(400, too_long);  // the text alone
  transport_->answer(200, vectors({{0, {1, 0}}}));
  transport_->answer(200, vectors({{0, {0, 1}}}));
  const std::string text = std::string(59, 'a') + " " + std::string(60, 'b');
  const std::vector<std::string_view> texts{text};
  const auto found = (*embedder)->embed(texts, {});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(body(3)["input"][0], std::string(59, 'a') + " ");
  EXPECT_EQ(body(4)["input"][0], std::string(60, 'b'));
  EXPECT_NEAR(found->row(0)[0], std::sqrt(0.5), 1e-6) << "of 60 bytes each";
}

TEST_F(HttpEmbedderTest, TriesAgainWhatMayPass) {
  const auto embedder = open();
  ASSERT_TRUE(embedder);
  transport_->answer(503, "busy");
  transport_->answer(200, vectors({{0, {1, 0}}}));
  const std::vector<std::string_view> texts{"one"};
  EXPECT_TRUE((*embedder)->embed(texts, {}));
  transport_->answer(503, "busy");
  transport_->answer(503, "busy");
  const auto failed = (*embedder)->embed(texts, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
}

TEST_F(HttpEmbedderTest, WhatIsNoVectorIsAnError) {
  const auto embedder = open();
  ASSERT_TRUE(embedder);
  const std::vector<std::string_view> texts{"one", "two"};
  const std::vector<std::string> wrong{
      "[]",
      R"({"data": []})",
      vectors({{0, {1, 0}}, {0, {1, 0}}}),
      vectors({{0, {1, 0}}, {7, {1, 0}}}),
      vectors({{0, {1, 0}}, {1, {1, 0, 0}}}),
      vectors({{0, {1, 0}}, {1, {}}}),
      R"({"data": [{"index": 0, "embedding": ["a", 1]}, {"index": 1, "embedding": [1, 0]}]})",
      R"({"error": {"message": "no such model"}})"};
  for (const std::string& answer : wrong) {
    transport_->answers.clear();
    transport_->answer(200, answer);
    transport_->answer(200, answer);
    const auto found = (*embedder)->embed(texts, {});
    ASSERT_FALSE(found) << answer;
    EXPECT_NE(found.error().message.find("openai:e@"), std::string::npos) << found.error().message;
  }
}

TEST_F(HttpEmbedderTest, OtherApisHaveNone) {
  const auto embedder = open("anthropic:x@http://127.0.0.1:9");
  ASSERT_FALSE(embedder);
  EXPECT_EQ(embedder.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace duologue::model::http
