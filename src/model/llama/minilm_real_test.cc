// MiniLM with its real weights: $DUOLOGUE_TEST_EMBEDDER, or models/minilm.F16.gguf in the cache (`duologue
// models pull minilm`). Left out, saying so, where they aren't there.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/paths.h"
#include "model/llama/llama_embedder.h"

namespace duologue::model {
namespace {

std::string minilm_path() {
  if (const auto given = base::environment("DUOLOGUE_TEST_EMBEDDER")) return *given;
  const std::string path = base::cache_folder().path + "/models/minilm.F16.gguf";
  return std::filesystem::exists(path) ? path : std::string();
}

class MinilmReal : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = minilm_path();
    if (path.empty()) GTEST_SKIP() << "no MiniLM: fetch it with `duologue models pull minilm`";
    LlamaEmbedderOptions options;
    options.path = path;
    options.name = "minilm";
    auto opened = open_llama_embedder(options, {}, {});
    ASSERT_TRUE(opened) << opened.error().message;
    embedder_ = std::move(*opened);
  }
  Embeddings embed(const std::vector<std::string_view>& texts) {
    auto made = embedder_->embed(texts, {});
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : Embeddings(texts.size(), 384);
  }
  static double cosine(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
  }

  std::unique_ptr<Embedder> embedder_;
};

// First values of the vectors that tests/minilm_reference.py computes in 64 bits from the published weights.
TEST_F(MinilmReal, GivesThePublishedModelsVectors) {
  EXPECT_EQ(embedder_->info().dimensions, 384u);
  EXPECT_EQ(embedder_->info().max_tokens, 256u);
  const std::pair<std::string_view, std::vector<float>> cases[] = {
      {"Hello there", {-.094439F, .073223F, .042269F, .054307F, -.067197F, -.085451F}},
      {"A kitten is napping on the couch.", {.049465F, -.020473F, -.040179F, .056828F, .021864F, .020997F}},
      {"I need to stop responding now. This is my last message.",
       {.003709F, -.031287F, .056359F, .038204F, .069084F, -.072612F}},
      {"Goodbye", {-.003762F, .084784F, .061995F, .038058F, .022164F, -.036277F}},
      {"?", {-.093410F, .036220F, -.018387F, .009558F, .024541F, -.004089F}},
      {"3.14159 is close to pi, isn't it?", {.002039F, -.026619F, -.042463F, .005579F, -.065177F, -.028860F}},
  };
  for (const auto& [text, expected] : cases) {
    const Embeddings made = embed({text});
    ASSERT_FALSE(made.missing(0)) << text;
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(made.row(0)[i], expected[i], 3e-4F) << text << ", element " << i;
  }
}

TEST_F(MinilmReal, SeesMeaningWhereWordsDiffer) {
  const Embeddings made = embed({"The cat sleeps on the sofa.", "A kitten is napping on the couch.",
                                 "Quarterly revenue rose by three percent."});
  EXPECT_GT(cosine(made.row(0), made.row(1)), 0.6);
  EXPECT_LT(cosine(made.row(0), made.row(2)), 0.2);
}

// Driven by tests/minilm_reference.py, which names the file of its vectors: one JSON object a line.
TEST_F(MinilmReal, AgreesWithTheReference) {
  const auto reference = base::environment("DUOLOGUE_MINILM_REFERENCE");
  if (!reference) GTEST_SKIP() << "run tests/minilm_reference.py, which runs this";
  std::ifstream file(*reference);
  std::vector<std::string> texts;
  std::vector<std::vector<double>> expected;
  for (std::string line; std::getline(file, line);) {
    const auto entry = base::parse_json(line);
    ASSERT_TRUE(entry) << entry.error().message;
    texts.push_back(base::string_at(*entry, "text").value_or(""));
    std::vector<double>& vector = expected.emplace_back();
    for (const base::Json& value : *base::member_at(*entry, "vector")) vector.push_back(value.get<double>());
  }
  ASSERT_GE(texts.size(), 47u);
  const Embeddings made = embed({texts.begin(), texts.end()});
  double worst = 1;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ASSERT_FALSE(made.missing(i)) << texts[i];
    ASSERT_EQ(expected[i].size(), 384u);
    double similarity = 0;
    for (std::size_t d = 0; d < 384; ++d) similarity += static_cast<double>(made.row(i)[d]) * expected[i][d];
    EXPECT_GE(similarity, 0.99999) << texts[i];
    worst = std::min(worst, similarity);
  }
  std::cout << texts.size() << " texts, smallest cosine " << worst << "\n";
}

}  // namespace
}  // namespace duologue::model
