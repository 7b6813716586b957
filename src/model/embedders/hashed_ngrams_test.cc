#include "model/embedders/hashed_ngrams.h"

#include <chrono>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::model {
namespace {

double cosine(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

Embeddings embedded(std::vector<std::string_view> texts) {
  const auto embedder = make_hashed_ngrams();
  auto made = embedder->embed(texts, {});
  EXPECT_TRUE(made);
  return made ? std::move(*made) : Embeddings();
}

double between(std::string_view a, std::string_view b) {
  const Embeddings made = embedded({a, b});
  return cosine(made.row(0), made.row(1));
}

TEST(HashedNgrams, NamesItself) {
  const auto embedder = make_hashed_ngrams();
  EXPECT_EQ(embedder->info().name, "hashed");
  EXPECT_EQ(embedder->info().dimensions, 4096u);
  EXPECT_EQ(embedder->info().max_tokens, 0u);
  // A verdict names it: it changes with the recipe and with nothing else.
  EXPECT_EQ(embedder->info().identity, "f6fe9fb4ce60d26d921c26c106107920aa57bd4d0530fce2a47d5aedbe667be9");
}

// Counted by hand: " ab " has the grams " ab", "ab ", " ab ".
TEST(HashedNgrams, CountsThreeAndFourCharacters) {
  const Embeddings made = embedded({"ab", "a"});
  int used = 0;
  for (const float value : made.row(0)) used += value > 0;
  EXPECT_EQ(used, 3);
  EXPECT_NEAR(cosine(made.row(0), made.row(0)), 1, 1e-6);
  used = 0;
  for (const float value : made.row(1)) used += value > 0;  // " a "
  EXPECT_EQ(used, 1);
}

TEST(HashedNgrams, TakesTheLogarithmOfTheCount) {
  // " aaaaa ": aaa three times and aaaa twice; " aa", "aa ", " aaa", "aaa " once each.
  const Embeddings made = embedded({"aaaaa"});
  std::vector<float> values;
  for (const float value : made.row(0)) {
    if (value > 0) values.push_back(value);
  }
  std::ranges::sort(values);
  ASSERT_EQ(values.size(), 6u);
  EXPECT_NEAR(values[5] / values[0], std::log1p(3.0) / std::log1p(1.0), 1e-5);
  EXPECT_NEAR(values[4] / values[0], std::log1p(2.0) / std::log1p(1.0), 1e-5);
}

TEST(HashedNgrams, SeesLettersAndNotTheirCaseFormOrSpacing) {
  EXPECT_NEAR(between("The Lamp\n\n is lit. ", "the lamp is lit."), 1, 1e-6);
  EXPECT_NEAR(between("caf\u00E9", "CAFE\u0301"), 1, 1e-6);
  EXPECT_NEAR(between("\xFF", "\uFFFD"), 1, 1e-6);
  EXPECT_GT(between("the lamp is lit", "the lamp was lit"), 0.6);
  EXPECT_LT(between("the lamp is lit", "quiet ducks swim by"), 0.1);
  EXPECT_GT(between("the lamp is lit", "the lamp was lit"), between("the lamp is lit", "a cold night falls"));
}

TEST(HashedNgrams, FindsNothingInNothing) {
  const Embeddings made = embedded({"", " \n\t\u3000", "\u200B", "\U0001F300\U0001F300"});
  EXPECT_TRUE(made.missing(0));
  EXPECT_TRUE(made.missing(1));
  EXPECT_FALSE(made.missing(2));  // a zero-width character is one
  EXPECT_FALSE(made.missing(3));
  EXPECT_EQ(embedded({}).rows(), 0u);
}

TEST(HashedNgrams, SpreadsItsGrams) {
  // 20,000 different grams of two alphabets: no bucket may be far over its 5.
  std::string text;
  std::uint64_t state = 7;
  while (text.size() < 10'000) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    text += static_cast<char>('a' + (state >> 33) % 26);
  }
  const Embeddings made = embedded({text});
  int empty = 0;
  float most = 0;
  for (const float value : made.row(0)) {
    empty += value == 0;
    most = std::max(most, value);
  }
  EXPECT_LT(empty, 100);  // 4096 e^-4.9 = 31 are to be expected
  EXPECT_LT(most, 0.03);  // 22 in one bucket
}

TEST(HashedNgrams, StopsAndServesManyThreads) {
  const auto embedder = make_hashed_ngrams();
  std::stop_source stop;
  stop.request_stop();
  const std::vector<std::string_view> texts{"a text", "another text"};
  EXPECT_EQ(embedder->embed(texts, stop.get_token()).error().kind, base::ErrorKind::kCancelled);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_FALSE(embedder->embed(texts, {})->missing(1));
    });
  }
}

TEST(HashedNgrams, TakesAMegabyte) {
  std::string text;
  while (text.size() < 1'000'000)
    text += "It was a bright cold day, and the clocks were striking. \U0001F300";
  EXPECT_NEAR(cosine(embedded({text}).row(0), embedded({text.substr(0, 500'000)}).row(0)), 1, 0.01);
}

}  // namespace
}  // namespace duologue::model
