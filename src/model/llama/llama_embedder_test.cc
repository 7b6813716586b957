#include "model/llama/llama_embedder.h"

#include <chrono>
#include <cmath>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "model/embedders/pieces.h"
#include "model/llama/llama_model.h"
#include "model/llama/testing/tiny_bert.h"
#include "model/llama/testing/tiny_model.h"

namespace duologue::model {
namespace {

using llama::testing::TinyBert;
using testing::TempFolder;

double cosine(std::span<const float> a, const std::vector<double>& b) {
  double product = 0;
  double squares = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    squares += b[i] * b[i];
  }
  return product / std::sqrt(squares);
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

base::Result<std::unique_ptr<Embedder>> open_file(const std::string& path, const std::string& sha256 = "") {
  LlamaEmbedderOptions options;
  options.path = path;
  options.sha256 = sha256;
  return open_llama_embedder(options, {}, {});
}

class LlamaEmbedderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = folder_.path() + "/tiny.gguf";
    const auto made = llama::convert_bert(bert_.write(folder_), path_);
    ASSERT_TRUE(made) << made.error().message;
    embedder_ = open(path_);
    ASSERT_NE(embedder_, nullptr);
  }
  static std::unique_ptr<Embedder> open(const std::string& path) {
    auto embedder = open_llama_embedder({.path = path, .name = "tiny", .sha256 = "", .threads = 2}, {}, {});
    EXPECT_TRUE(embedder) << embedder.error().message;
    return embedder ? std::move(*embedder) : nullptr;
  }
  Embeddings embed(const std::vector<std::string>& texts) {
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    auto made = embedder_->embed(views, {});
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : Embeddings(texts.size(), TinyBert::kWidth);
  }

  const TempFolder folder_;
  const TinyBert bert_;
  std::string path_;
  std::unique_ptr<Embedder> embedder_;
};

// The whole way: weights to GGUF, text to tokens, the pass through the model, the mean.
TEST_F(LlamaEmbedderTest, AgreesWithAPassIn64Bits) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"The lamp is lit.", "the lamp is lit ."},
      {"lamps!", "lamp ##s !"},
      {"a NIGHTFALL", "a night ##fall"},
      {"\u0130S the l\u00E1\uE000mp L\u0130T?", "is the lamp lit [UNK]"},
      {"the zzz hall", "the [UNK] hall"},
      {"a", "a"},
      {"the the the the a a a hall hall lamp is is lit ! ! . . night",
       "the the the the a a a hall hall lamp is is "
       "lit ! ! . . night"}};
  std::vector<std::string> texts;
  for (const auto& [text, words] : cases) texts.push_back(text);
  const Embeddings made = embed(texts);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::vector<double> expected = bert_.forward(TinyBert::ids_of(words_of(cases[i].second)));
    ASSERT_FALSE(made.missing(i));
    EXPECT_GT(cosine(made.row(i), expected), 0.99998) << texts[i];
  }
}

TEST_F(LlamaEmbedderTest, NeighboursChangeLastBitsAtMost) {
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i)
    texts.push_back(std::string(i % 7, ' ') + (i % 2 == 0 ? "the lamp " : "a hall ") +
                    (i % 3 == 0 ? "is lit." : "!"));
  const Embeddings together = embed(texts);
  for (std::size_t i = 0; i < texts.size(); i += 37) {
    const Embeddings alone = embed({texts[i]});
    for (std::size_t d = 0; d < TinyBert::kWidth; ++d)
      EXPECT_NEAR(alone.row(0)[d], together.row(i)[d], 1e-4F);
  }
  const Embeddings again = embed(texts);
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_TRUE(std::ranges::equal(again.row(i), together.row(i))) << i;
}

TEST_F(LlamaEmbedderTest, FindsNothingWhereThereIsNothingItKnows) {
  const Embeddings made =
      embed({"", "  \n", "\u200B\u200E", "zzz \U0001F300", "[CLS] [SEP]", "lamp", "\xFF"});
  for (const std::size_t row : {0u, 1u, 2u, 3u, 4u, 6u}) EXPECT_TRUE(made.missing(row)) << row;
  EXPECT_FALSE(made.missing(5));
  EXPECT_EQ(made.not_finite(), 0u);
  EXPECT_EQ(embed({}).rows(), 0u);
}

// Cut at sentence ends; the mean of the pieces, each with the weight of its tokens.
TEST_F(LlamaEmbedderTest, PoolsThePiecesOfALongText) {
  std::string text;
  for (int i = 0; i < 9; ++i)
    text += i % 2 == 0 ? "the lamp is lit . " : "a night hall is the hall of a hall ! ";
  text += "zzz zzz zzz zzz zzz zzz zzz";
  const auto count = [](std::string_view part) { return words_of(std::string(part)).size(); };
  const auto pieces = cut_into_pieces(text, TinyBert::kMaxTokens - 2, count);
  ASSERT_GT(pieces.size(), 2u);
  std::vector<double> expected(TinyBert::kWidth);
  for (const std::string_view piece : pieces) {
    const std::vector<std::string> words = words_of(std::string(piece));
    const std::vector<double> mean = bert_.forward(TinyBert::ids_of(words));
    for (std::size_t d = 0; d < mean.size(); ++d) expected[d] += mean[d] * static_cast<double>(words.size());
  }
  const Embeddings made = embed({"a", text, "the"});
  EXPECT_GT(cosine(made.row(1), expected), 0.99998);
  EXPECT_GT(cosine(made.row(0), bert_.forward(TinyBert::ids_of({"a"}))), 0.99998);
  EXPECT_GT(cosine(made.row(2), bert_.forward(TinyBert::ids_of({"the"}))), 0.99998);
}

TEST_F(LlamaEmbedderTest, TakesALongTextAndALongWord) {
  std::string text;
  while (text.size() < 30'000) text += "the lamp is lit in the hall. a night falls!\n";
  EXPECT_FALSE(embed({text}).missing(0));
  EXPECT_TRUE(embed({std::string(100'000, 'a')}).missing(0));  // one word, unknown
}

TEST_F(LlamaEmbedderTest, NamesTheFileAndTheRecipe) {
  const EmbedderInfo& info = embedder_->info();
  EXPECT_EQ(info.name, "tiny");
  EXPECT_EQ(info.dimensions, TinyBert::kWidth);
  EXPECT_EQ(info.max_tokens, TinyBert::kMaxTokens);
  EXPECT_EQ(info.identity.size(), 64u);
  EXPECT_EQ(open(path_)->info().identity, info.identity);
  const auto by_hash = open_file(path_, base::hash_file(path_)->hex());
  EXPECT_EQ((*by_hash)->info().identity, info.identity);
  EXPECT_EQ((*by_hash)->info().name, path_);
  const auto other = open_file(path_, std::string(64, '0'));
  EXPECT_NE((*other)->info().identity, info.identity);
}

TEST_F(LlamaEmbedderTest, Stops) {
  std::stop_source stop;
  stop.request_stop();
  const std::vector<std::string_view> one{"the lamp"};
  EXPECT_EQ(embedder_->embed(one, stop.get_token()).error().kind, base::ErrorKind::kCancelled);

  const std::vector<std::string_view> many(2'000'000, "the lamp is lit in the hall");
  std::stop_source later;
  std::jthread stopper([&later] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    later.request_stop();
  });
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(embedder_->embed(many, later.get_token()).error().kind, base::ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
  EXPECT_FALSE(embed({"the lamp"}).missing(0));  // and serves the next
}

TEST_F(LlamaEmbedderTest, ServesManyThreads) {
  const Embeddings expected = embed({"the lamp is lit"});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto made = embedder_->embed(std::vector<std::string_view>{"the lamp is lit"}, {});
        ASSERT_TRUE(made);
        EXPECT_TRUE(std::ranges::equal(made->row(0), expected.row(0)));
      }
    });
  }
}

TEST_F(LlamaEmbedderTest, RefusesModelsOfOtherKinds) {
  const std::string chat = llama::testing::tiny_model();
  const auto embedder = open_file(chat);
  ASSERT_FALSE(embedder);
  EXPECT_EQ(embedder.error().kind, base::ErrorKind::kModel);
  EXPECT_NE(embedder.error().message.find("no embedding model"), std::string::npos)
      << embedder.error().message;
  EXPECT_EQ(open_file(folder_.path() + "/gone.gguf").error().kind, base::ErrorKind::kNotFound);
  EXPECT_FALSE(open_file(folder_.write("cut.gguf", "GGUF")));
  // And the other way round.
  LlamaOptions talk;
  talk.path = path_;
  const auto talker = open_llama(talk);
  ASSERT_FALSE(talker);
  EXPECT_NE(talker.error().message.find("no model that writes text"), std::string::npos)
      << talker.error().message;
}

}  // namespace
}  // namespace duologue::model
