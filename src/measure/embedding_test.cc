#include "measure/embedding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

// Vectors of three elements: length, letters a, letters b. Counts what it is asked.
class CountingEmbedder final : public model::Embedder {
 public:
  const model::EmbedderInfo& info() const override { return info_; }
  base::Result<model::Embeddings> embed(std::span<const std::string_view> texts,
                                        std::stop_token stop) override {
    ++calls;
    if (stop.stop_requested()) return base::fail(base::ErrorKind::kCancelled, "stopped");
    model::Embeddings out(texts.size(), 3);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ++asked[std::string(texts[i])];
      const auto count = [&](char c) { return static_cast<float>(std::ranges::count(texts[i], c)); };
      std::vector<float> vector{static_cast<float>(texts[i].size()), count('a'), count('b')};
      if (texts[i].contains("NaN")) vector[1] = std::numeric_limits<float>::quiet_NaN();
      out.set(i, std::span<const float>(vector));
    }
    return out;
  }

  int calls = 0;
  std::map<std::string, int> asked;

 private:
  model::EmbedderInfo info_{"counting", "0", 3, 0};
};

EmbeddedTurns embedded(CountingEmbedder& embedder, std::vector<std::string_view> texts) {
  auto made = embed_turns(embedder, texts, true, {});
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : EmbeddedTurns();
}

TEST(EmbedTurns, GivesTurnsAndTheirSentences) {
  CountingEmbedder embedder;
  const auto made = embedded(embedder, {"aaa. Then bb. So.", "One only."});
  ASSERT_EQ(made.turns.size(), 2u);
  ASSERT_EQ(made.turns[0].sentences.size(), 3u);
  EXPECT_FLOAT_EQ(made.turns[0].sentences[0][1], 3 / std::sqrt(16.0F + 9.0F));
  EXPECT_EQ(made.turns[1].sentences, std::vector<std::vector<float>>{made.turns[1].vector});
  EXPECT_EQ(embedder.calls, 1);
  EXPECT_EQ(embedder.asked.size(), 5u);
}

TEST(EmbedTurns, LeavesSentencesOutWhereNobodyAsks) {
  CountingEmbedder embedder;
  const std::vector<std::string_view> texts{"aaa. Then bb. So.", "One only."};
  const auto made = embed_turns(embedder, texts, false, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(embedder.asked.size(), 2u);
  EXPECT_FALSE(made->turns[0].vector.empty());
  EXPECT_TRUE(made->turns[0].sentences.empty());
}

TEST(EmbedTurns, AsksForEachTextOnce) {
  CountingEmbedder embedder;
  std::vector<std::string_view> texts(10'000, "Goodbye. See you.");
  texts.emplace_back("See you.");
  const auto made = embedded(embedder, texts);
  EXPECT_EQ(made.turns.size(), 10'001u);
  EXPECT_EQ(embedder.asked,
            (std::map<std::string, int>{{"Goodbye. See you.", 1}, {"Goodbye.", 1}, {"See you.", 1}}));
  EXPECT_EQ(made.turns[9'999].vector, made.turns[0].vector);
  EXPECT_EQ(made.turns[10'000].vector, made.turns[0].sentences[1]);
}

TEST(EmbedTurns, LeavesMissingOnesMissing) {
  CountingEmbedder embedder;
  const auto made = embedded(embedder, {"", "  \n", "fine. NaN here. Fine."});
  EXPECT_TRUE(made.turns[0].vector.empty());
  EXPECT_TRUE(made.turns[0].sentences.empty());
  EXPECT_FALSE(made.turns[1].vector.empty());  // this embedder counts spaces
  EXPECT_TRUE(made.turns[1].sentences.empty());
  EXPECT_TRUE(made.turns[2].vector.empty());
  EXPECT_EQ(made.turns[2].sentences.size(), 2u);
  EXPECT_EQ(made.not_finite, 2u);
  EXPECT_TRUE(embedded(embedder, {}).turns.empty());
}

TEST(EmbedTurns, LimitsTheSentencesOfATurn) {
  CountingEmbedder embedder;
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "Sentence " + std::to_string(i) + "!\n";
  EXPECT_EQ(embedded(embedder, {text}).turns[0].sentences.size(), kMaxSentences);
}

TEST(EmbedTurns, PassesTheEmbeddersErrorOn) {
  CountingEmbedder embedder;
  std::stop_source stop;
  stop.request_stop();
  const std::vector<std::string_view> texts{"a"};
  EXPECT_EQ(embed_turns(embedder, texts, true, stop.get_token()).error().kind, base::ErrorKind::kCancelled);
}

}  // namespace
}  // namespace duologue::measure
