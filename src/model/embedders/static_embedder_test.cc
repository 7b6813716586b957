#include "model/embedders/static_embedder.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "model/embedders/testing/fixtures.h"

namespace duologue::model {
namespace {

using testing::bytes_of;
using testing::TempFolder;
using testing::TensorBytes;

constexpr std::uint64_t kColumns = 8;

TensorBytes table(std::size_t rows) {
  return {"embeddings", "F32", {rows, kColumns}, bytes_of(testing::pattern(rows, kColumns))};
}

std::string write_model(const TempFolder& folder, const std::vector<TensorBytes>& tensors,
                        const std::string& tokenizer = testing::kWordPieceJson) {
  folder.write("model.safetensors", testing::safetensors(tensors));
  folder.write("tokenizer.json", tokenizer);
  return folder.path();
}

std::unique_ptr<Embedder> opened(const std::string& folder) {
  auto embedder = open_static_embedder(folder, "tiny");
  EXPECT_TRUE(embedder) << embedder.error().message;
  return embedder ? std::move(*embedder) : nullptr;
}

std::vector<float> vector_of(Embedder& embedder, std::string_view text) {
  const auto made = embedder.embed(std::vector{text}, {});
  EXPECT_TRUE(made) << made.error().message;
  if (!made || made->missing(0)) return {};
  return {made->row(0).begin(), made->row(0).end()};
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, std::string_view text) {
  ASSERT_EQ(found.size(), expected.size()) << text;
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], 2e-7) << text << ", element " << i;
}

// The expected vectors are those of model2vec 0.10.0 (StaticModel.encode, normalize=True) on the same files.
TEST(StaticEmbedder, AgreesWithModel2vec) {
  const TempFolder folder;
  const auto embedder = opened(write_model(folder, {table(testing::kWordPieceTokens)}));
  const std::pair<std::string_view, std::vector<float>> cases[] = {
      {"The lamps is lit.",
       {-0.35424596F, 0.08856149F, 0.53136891F, -0.044280745F, -0.61993039F, -0.17712298F, 0.26568446F,
        -0.30996519F}},
      {"Unbelievable! The night-fall, a CAF\u00C9.",
       {0.66332495F, 0.060302272F, 0.15075569F, -0.45226702F, 0.33166248F, 0.42211589F, -0.18090682F,
        -0.090453409F}},
      {"\u4E2D\u6587 hello",
       {-0.17009731F, 0.042524327F, -0.7229135F, 0.4677676F, -0.29767027F, -0.085048653F, 0.12757298F,
        0.34019461F}},
      {"don't $ab",
       {-0.092351422F, 0.36940569F, -0.23087855F, 0.23087855F, 0.69263566F, 0.092351422F, -0.50793284F,
        -0.046175711F}},
      {"\u00E9 \u00BFx xx xxx",
       {0.051816642F, -0.27635542F, 0.18999435F, 0.65634412F, -0.069088854F, -0.39726093F, 0.069088854F,
        0.5354386F}},
  };
  for (const auto& [text, expected] : cases) expect_near(vector_of(*embedder, text), expected, text);
  EXPECT_TRUE(vector_of(*embedder, "zzz").empty());  // model2vec gives zeros
  EXPECT_TRUE(vector_of(*embedder, " \n").empty());
  EXPECT_TRUE(vector_of(*embedder, "").empty());
}

TEST(StaticEmbedder, AgreesWithModel2vecOnWeightsAndMapping) {
  const TempFolder folder;
  std::vector<float> weights;
  std::vector<std::int64_t> mapping;
  for (std::size_t i = 0; i < testing::kWordPieceTokens; ++i) {
    weights.push_back(static_cast<float>(i % 5 + 1) / 4);
    mapping.push_back(static_cast<std::int64_t>(i * 7 % 13));
  }
  const auto embedder =
      opened(write_model(folder, {table(13),
                                  {"weights", "F32", {weights.size()}, bytes_of(weights)},
                                  {"mapping", "I64", {mapping.size()}, bytes_of(mapping)}}));
  const std::pair<std::string_view, std::vector<float>> cases[] = {
      {"The lamps is lit.",
       {0.56285018F, -0.28142509F, -0.15478382F, -0.18996194F, 0.42213765F, -0.42213765F, -0.29549634F,
        0.31660324F}},
      {"Unbelievable! The night-fall, a CAF\u00C9.",
       {-0.19284405F, -0.14325556F, 0.6666894F, 0.08264745F, -0.37466842F, -0.32507998F, 0.48486501F,
        -0.099176936F}},
      {"\u4E2D\u6587 hello",
       {-0.51826745F, 0.45462057F, -0.036369648F, -0.5273599F, 0.23640272F, 0.37278891F, -0.11820136F,
        -0.19094065F}},
      {"don't $ab",
       {-0.06324555F, 0.31622773F, 0.69570106F, 0.34785053F, -0.36366192F, 0.015811387F, 0.39528468F,
        0.047434162F}},
  };
  for (const auto& [text, expected] : cases) expect_near(vector_of(*embedder, text), expected, text);
}

TEST(StaticEmbedder, AgreesWithModel2vecOnUnigram) {
  const TempFolder folder;
  const auto embedder =
      opened(write_model(folder, {table(testing::kUnigramTokens)}, testing::unigram_json()));
  const std::pair<std::string_view, std::vector<float>> cases[] = {
      {"The lamp is AB!",
       {0.063920274F, -0.15980069F, -0.38352168F, 0.12784055F, 0.63920277F, -0.31960139F, -0.54332238F,
        -0.031960137F}},
      {"\uFB01ve the  lamps",
       {-0.30304578F, 0.50507623F, 0.15152289F, -0.20203051F, -0.55558389F, 0.25253811F, -0.10101525F,
        -0.45456862F}},
      {"e\u0301\u3000the",
       {-0.48158649F, -0.34781247F, 0.40132207F, -0.080264412F, -0.56185091F, 0.18728364F, 0.32105765F,
        -0.16052882F}},
      {"ababab",
       {0.3617405F, -0.3617405F, -0.16077356F, 0.04019339F, 0.24116033F, -0.48232067F, 0.64309424F,
        -0.08038678F}},
      {"\u4E2D\u6587 qq",
       {-0.14433756F, 0.096225053F, 0.33678764F, -0.52923775F, -0.28867513F, -0.048112527F, 0.19245011F,
        -0.67357528F}},
      {"the lamp",
       {0.16464639F, -0.16464639F, -0.49393916F, 0.43905705F, 0.10976426F, -0.21952853F, -0.54882127F,
        0.38417491F}},
      {"thes!!",
       {-0.021637116F, -0.54092789F, -0.064911351F, 0.41110519F, -0.10818558F, -0.62747633F, -0.15145981F,
        0.32455674F}},
  };
  for (const auto& [text, expected] : cases) expect_near(vector_of(*embedder, text), expected, text);
}

TEST(StaticEmbedder, NamesWeightsAndTokenizer) {
  const TempFolder folder;
  const auto first = opened(write_model(folder, {table(30)}));
  EXPECT_EQ(first->info().name, "tiny");
  EXPECT_EQ(first->info().dimensions, kColumns);
  EXPECT_EQ(first->info().max_tokens, 0u);
  EXPECT_EQ(first->info().identity.size(), 64u);
  EXPECT_EQ(opened(folder.path())->info().identity, first->info().identity);
  std::string other = testing::kWordPieceJson;
  other.replace(other.find("\"lit\""), 5, "\"dim\"");
  EXPECT_NE(opened(write_model(folder, {table(30)}, other))->info().identity, first->info().identity);
  EXPECT_NE(opened(write_model(folder, {table(31)}))->info().identity, first->info().identity);
}

TEST(StaticEmbedder, CutsNothingOff) {
  const TempFolder folder;
  const auto embedder = opened(write_model(folder, {table(30)}));
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += i < 100'000 ? "the " : "lamp ";
  const auto both = testing::pattern(30, kColumns);
  std::vector<float> expected;
  double squares = 0;
  for (std::size_t d = 0; d < kColumns; ++d) {
    expected.push_back(both[2 * kColumns + d] + both[3 * kColumns + d]);
    squares += static_cast<double>(expected[d]) * static_cast<double>(expected[d]);
  }
  for (float& value : expected) value /= static_cast<float>(std::sqrt(squares));
  expect_near(vector_of(*embedder, text), expected, "the lamp");
}

TEST(StaticEmbedder, CountsANaN) {
  const TempFolder folder;
  std::vector<float> rows = testing::pattern(30, kColumns);
  rows[3 * kColumns] = std::numeric_limits<float>::quiet_NaN();
  const auto embedder = opened(write_model(folder, {{"embeddings", "F32", {30, kColumns}, bytes_of(rows)}}));
  const auto made = *embedder->embed(std::vector<std::string_view>{"the", "the lamp"}, {});
  EXPECT_FALSE(made.missing(0));
  EXPECT_TRUE(made.missing(1));
  EXPECT_EQ(made.not_finite(), 1u);
}

TEST(StaticEmbedder, ReadsOtherNumbersAndNames) {
  const TempFolder folder;
  std::vector<std::int8_t> rows;
  for (const float value : testing::pattern(30, kColumns))
    rows.push_back(static_cast<std::int8_t>(value * 16));
  const auto embedder =
      opened(write_model(folder, {{"embedding.weight", "I8", {30, kColumns}, bytes_of(rows)}}));
  const TempFolder plain;
  expect_near(vector_of(*embedder, "the lamp is lit"),
              vector_of(*opened(write_model(plain, {table(30)})), "the lamp is lit"), "as bytes");
}

TEST(StaticEmbedder, RefusesWhatDoesNotFit) {
  const TempFolder folder;
  const auto refuses = [&](const std::vector<TensorBytes>& tensors, const std::string& words) {
    const auto embedder = open_static_embedder(write_model(folder, tensors), "tiny");
    ASSERT_FALSE(embedder) << words;
    EXPECT_EQ(embedder.error().kind, base::ErrorKind::kModel);
    EXPECT_NE(embedder.error().message.find(words), std::string::npos) << embedder.error().message;
  };
  refuses({}, "no table");
  refuses({{"embeddings", "F32", {240}, bytes_of(testing::pattern(30, 8))}}, "two dimensions");
  refuses({table(29)}, "30 tokens, but rows for 29");
  refuses({table(30), {"weights", "F32", {2}, bytes_of(std::vector{1.0F, 1.0F})}}, "weights for 2");
  refuses({table(2), {"mapping", "I32", {30}, bytes_of(std::vector<std::int32_t>(30, 2))}}, "row 2 of 2");
  refuses({table(2), {"mapping", "I32", {30}, bytes_of(std::vector<std::int32_t>(30, -1))}}, "row -1");
  refuses({table(2), {"mapping", "I32", {29}, bytes_of(std::vector<std::int32_t>(29, 1))}}, "rows for 29");
  const TempFolder empty;
  EXPECT_FALSE(is_static_folder(empty.path()));
  EXPECT_EQ(open_static_embedder(empty.path(), "x").error().kind, base::ErrorKind::kNotFound);
  empty.write("model.safetensors", testing::safetensors({table(30)}));
  EXPECT_EQ(open_static_embedder(empty.path(), "x").error().kind, base::ErrorKind::kNotFound);
  empty.write("tokenizer.json", "{");
  EXPECT_TRUE(is_static_folder(empty.path()));
  EXPECT_EQ(open_static_embedder(empty.path(), "x").error().kind, base::ErrorKind::kModel);
}

TEST(StaticEmbedder, StopsAndServesManyThreads) {
  const TempFolder folder;
  const auto embedder = opened(write_model(folder, {table(30)}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(embedder->embed(std::vector<std::string_view>{"the"}, stop.get_token()).error().kind,
            base::ErrorKind::kCancelled);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_FALSE(vector_of(*embedder, "the lamp").empty());
    });
  }
}

}  // namespace
}  // namespace duologue::model
