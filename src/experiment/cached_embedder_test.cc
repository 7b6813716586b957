#include "experiment/cached_embedder.h"

#include <unistd.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "store/store.h"

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;

// Counts what it computes. A text without letters has no vector; "NaN" gives one.
class CountingEmbedder final : public model::Embedder {
 public:
  explicit CountingEmbedder(std::string identity) : info_{"counting", std::move(identity), 2, 0} {}
  const model::EmbedderInfo& info() const override { return info_; }
  base::Result<model::Embeddings> embed(std::span<const std::string_view> texts, std::stop_token) override {
    model::Embeddings out(texts.size(), 2);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      computed.emplace_back(texts[i]);
      std::vector<float> vector{static_cast<float>(texts[i].size()), texts[i].empty() ? 0.0F : 1.0F};
      if (texts[i] == "NaN") vector[0] = std::numeric_limits<float>::quiet_NaN();
      out.set(i, std::span<const float>(vector));
    }
    return out;
  }

  std::vector<std::string> computed;

 private:
  model::EmbedderInfo info_;
};

class CachedEmbedderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("cached_embedder_test." + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = (folder_ / "a.duo").string();
    store::FileInfo info;
    info.name = "t";
    info.spec_json = std::string("{}");  // assigned as a literal: a false alarm of g++ 12
    auto made = store::Store::create(path_, info, store::Durability::kNormal);
    ASSERT_TRUE(made) << made.error().message;
  }
  void TearDown() override { fs::remove_all(folder_); }
  static model::Embeddings embed(model::Embedder& embedder, std::vector<std::string_view> texts) {
    auto made = embedder.embed(texts, {});
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : model::Embeddings(texts.size(), 2);
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(CachedEmbedderTest, ComputesEachTextOnce) {
  const auto inner = std::make_shared<CountingEmbedder>("id");
  const auto cached = CachedEmbedder::over(inner, path_);
  ASSERT_NE(cached, inner);
  EXPECT_EQ(cached->info().identity, "id");
  const model::Embeddings first = embed(*cached, {"a", "bb"});
  const model::Embeddings second = embed(*cached, {"bb", "ccc", "a"});
  EXPECT_EQ(inner->computed, (std::vector<std::string>{"a", "bb", "ccc"}));
  EXPECT_TRUE(std::ranges::equal(first.row(1), second.row(0)));
  EXPECT_TRUE(std::ranges::equal(first.row(0), second.row(2)));
  EXPECT_EQ(embed(*cached, {}).rows(), 0u);
}

TEST_F(CachedEmbedderTest, AnotherEmbedderIsAnotherMatter) {
  const auto one = std::make_shared<CountingEmbedder>("one");
  const auto two = std::make_shared<CountingEmbedder>("two");
  embed(*CachedEmbedder::over(one, path_), {"a"});
  embed(*CachedEmbedder::over(two, path_), {"a"});
  embed(*CachedEmbedder::over(one, path_), {"a"});
  EXPECT_EQ(one->computed.size(), 1u);
  EXPECT_EQ(two->computed.size(), 1u);
}

TEST_F(CachedEmbedderTest, WhatIsMissingStaysMissingAndIsCounted) {
  const auto inner = std::make_shared<CountingEmbedder>("id");
  const auto cached = CachedEmbedder::over(inner, path_);
  for (int round = 0; round < 2; ++round) {
    const model::Embeddings made = embed(*cached, {"", "NaN", "a"});
    EXPECT_TRUE(made.missing(0));
    EXPECT_TRUE(made.missing(1));
    EXPECT_FALSE(made.missing(2));
    EXPECT_EQ(made.not_finite(), 1u);
  }
}

TEST_F(CachedEmbedderTest, ReadsWithoutWritingWhileTheFileIsAnothers) {
  const auto inner = std::make_shared<CountingEmbedder>("id");
  embed(*CachedEmbedder::over(inner, path_), {"a"});
  auto writer = store::Store::open(path_, store::Durability::kNormal);
  ASSERT_TRUE(writer) << writer.error().message;
  const auto cached = CachedEmbedder::over(inner, path_);
  embed(*cached, {"a", "b"});
  embed(*cached, {"a", "b"});
  EXPECT_EQ(inner->computed, (std::vector<std::string>{"a", "b", "b"}));
}

TEST_F(CachedEmbedderTest, LeavesFilesOfAnOlderFormatAsTheyAre) {
  const fs::path old = fs::path(__FILE__).parent_path().parent_path() / "store/testing/version_1.duo";
  ASSERT_TRUE(fs::exists(old));
  const fs::path copy = folder_ / "old.duo";
  fs::copy_file(old, copy);
  const auto size = fs::file_size(copy);
  const auto inner = std::make_shared<CountingEmbedder>("id");
  const auto cached = CachedEmbedder::over(inner, copy.string());
  ASSERT_NE(cached, inner);
  EXPECT_FALSE(embed(*cached, {"a"}).missing(0));
  cached->info();
  EXPECT_EQ(fs::file_size(copy), size);
  EXPECT_FALSE(fs::exists(folder_ / "old.duo.v1"));
}

TEST_F(CachedEmbedderTest, IsTheEmbedderItselfOverAnythingElse) {
  const auto inner = std::make_shared<CountingEmbedder>("id");
  EXPECT_EQ(CachedEmbedder::over(inner, (folder_ / "none.duo").string()), inner);
  EXPECT_EQ(CachedEmbedder::over(inner, __FILE__), inner);
}

}  // namespace
}  // namespace duologue::experiment
