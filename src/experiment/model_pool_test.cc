#include "experiment/model_pool.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;

class ModelPoolTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("pool_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    std::ofstream(folder_ / "one.txt") << "Hello.\n";
    std::ofstream(folder_ / "two.txt") << "Goodbye.\n";
    model::CatalogPlaces places;
    places.models_folder = folder_.string();
    places.aliases["buddy"] = "scripted:" + (folder_ / "one.txt").string();
    catalog_.emplace(places);
    options_.catalog = &*catalog_;
    options_.say = [this](std::string_view line) { said_.emplace_back(line); };
  }
  void TearDown() override { fs::remove_all(folder_); }

  static ExperimentSpec spec(std::initializer_list<std::string> models) {
    ExperimentSpec spec;
    for (const std::string& model : models) {
      spec.participants.emplace_back();
      spec.participants.back().name = std::string(1, static_cast<char>('A' + spec.participants.size() - 1));
      spec.participants.back().model = model;
    }
    return spec;
  }

  fs::path folder_;
  std::optional<model::Catalog> catalog_;
  PoolOptions options_;
  std::vector<std::string> said_;
};

TEST_F(ModelPoolTest, OpensEachModelOnce) {
  const std::string one = "scripted:" + (folder_ / "one.txt").string();
  const std::string two = "scripted:" + (folder_ / "two.txt").string();
  const auto pool = ModelPool::open(spec({one, two, one, "buddy"}), options_);
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ(pool->models().size(), 3U);
  EXPECT_EQ(said_.size(), 3U) << "a line for what each name became";
  EXPECT_TRUE(pool->find(two));
  EXPECT_EQ((*pool->find(one))->info().identity, (*pool->find("buddy"))->info().identity);
  EXPECT_EQ(pool->find("three").error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(pool->determinism(), model::Determinism::kExact);
}

TEST_F(ModelPoolTest, SaysWhatIsWrongWithAName) {
  const auto unknown = ModelPool::open(spec({"smolm2"}), options_);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, base::ErrorKind::kUsage);
  EXPECT_NE(unknown.error().message.find("smollm2"), std::string::npos) << unknown.error().message;
  EXPECT_FALSE(ModelPool::open(spec({"scripted:" + (folder_ / "none.txt").string()}), options_));
}

TEST_F(ModelPoolTest, ABaseModelWantsRawPrompting) {
  ExperimentSpec base = spec({"gemma3-270m"});
  const auto chat = ModelPool::open(base, options_);
  ASSERT_FALSE(chat);
  EXPECT_EQ(chat.error().kind, base::ErrorKind::kUsage);
  EXPECT_NE(chat.error().message.find("prompting: raw"), std::string::npos) << chat.error().message;
  base.participants[0].raw_prompt = true;
  const auto raw = ModelPool::open(base, options_);
  ASSERT_FALSE(raw) << "its weights aren't here, and nobody may fetch them";
  EXPECT_EQ(raw.error().message.find("prompting: raw"), std::string::npos) << raw.error().message;
}

}  // namespace
}  // namespace duologue::experiment
