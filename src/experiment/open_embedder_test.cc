#include "experiment/open_embedder.h"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::experiment {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

class OpenEmbedder : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("open_embedder_test." + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "models");
    places_.models_folder = (root_ / "models").string();
    places_.aliases = {{"small", "hashed"}, {"smollm", "smollm2"}};
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << bytes;
    return (root_ / name).string();
  }
  // Two tokens in two dimensions.
  std::string static_folder() const {
    const std::string header = R"({"embeddings":{"dtype":"I8","shape":[2,2],"data_offsets":[0,4]}})";
    const std::uint64_t size = header.size();
    write("static/model.safetensors",
          std::string(reinterpret_cast<const char*>(&size), 8) + header + std::string("\1\0\0\1", 4));
    write("static/tokenizer.json",
          R"({"model":{"type":"WordPiece","unk_token":"?","vocab":{"?":0,"lamp":1}}})");
    return (root_ / "static").string();
  }
  base::Result<std::shared_ptr<model::Embedder>> open(const std::string& name) {
    const model::Catalog catalog(places_);
    said_.clear();
    EmbedderNeed need;
    need.catalog = &catalog;
    need.say = [this](std::string_view line) { said_ += line; };
    need.env = [](std::string_view) -> std::optional<std::string> { return {}; };
    return open_embedder(name, need);
  }

  fs::path root_;
  model::CatalogPlaces places_;
  std::string said_;
};

TEST_F(OpenEmbedder, OpensHashedByNameAndByAlias) {
  const std::pair<std::string, std::string> cases[] = {{"hashed", "hashed"}, {"small", "small is hashed"}};
  for (const auto& [name, said] : cases) {
    const auto embedder = open(name);
    ASSERT_TRUE(embedder) << embedder.error().message;
    EXPECT_EQ((*embedder)->info().dimensions, 4096u);
    EXPECT_EQ(said_, said);
  }
}

TEST_F(OpenEmbedder, OpensAModel2vecFolder) {
  const std::string folder = static_folder();
  for (const std::string& name : {folder, "model2vec:" + folder}) {
    const auto embedder = open(name);
    ASSERT_TRUE(embedder) << embedder.error().message;
    EXPECT_EQ((*embedder)->info().name, name);
    const auto made = (*embedder)->embed(std::vector<std::string_view>{"lamp", "?"}, {});
    EXPECT_EQ(made->row(0)[1], 1.0F);
    EXPECT_TRUE(made->missing(1));
  }
}

TEST_F(OpenEmbedder, SaysHowMissingWeightsAreFetched) {
  const auto embedder = open("minilm");
  ASSERT_FALSE(embedder);
  EXPECT_EQ(embedder.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(embedder.error().message.find("duologue models pull minilm"), std::string::npos)
      << embedder.error().message;
}

TEST_F(OpenEmbedder, RefusesWithOneLineThatHelps) {
  write("empty/readme", "");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "an empty embedder name"},
      {"minlm", "did you mean 'minilm'?"},
      {"hash", "did you mean 'hashed'?"},
      {"smollm2", "makes no embeddings"},
      {"smollm", "makes no embeddings"},
      {"model2vc:x", "did you mean 'model2vec:x'?"},
      {"scripted:x", "no embedder 'scripted:x'"},
      {"openai:text-embedding-3", "OPENAI_API_KEY"},
      {"anthropic:claude", "this API has no embeddings"},
      {"gone.gguf", "no such file"},
      {"model2vec:/nowhere", "no such folder"},
      {(root_ / "empty").string(), "no model2vec folder"},
      {write("no.gguf", "nonsense"), "not a GGUF file"},
  };
  for (const auto& [name, words] : cases) {
    const auto embedder = open(name);
    ASSERT_FALSE(embedder) << name;
    EXPECT_NE(embedder.error().message.find(words), std::string::npos)
        << name << ": " << embedder.error().message;
    EXPECT_EQ(embedder.error().message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace duologue::experiment
