#include "model/ollama_store.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace duologue::model {
namespace {

namespace fs = std::filesystem;

class OllamaStore : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = fs::temp_directory_path() / ("ollama_store_test." + std::to_string(getpid()));
    fs::create_directories(store_ / "blobs");
  }
  void TearDown() override { fs::remove_all(store_); }

  static std::string digest(char digit) { return std::string(64, digit); }

  void pull(const std::string& manifest, char digit, const std::string& more_layers = "") {
    std::ofstream(store_ / "blobs" / ("sha256-" + digest(digit))) << "GGUF";
    write_manifest(
        manifest, R"({"schemaVersion":2,"layers":[)" + more_layers +
                      R"({"mediaType":"application/vnd.ollama.image.model","digest":"sha256:)" +
                      digest(digit) +
                      R"(","size":4},{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:)" +
                      digest('0') + R"("}]})");
  }
  void write_manifest(const std::string& manifest, const std::string& text) {
    const fs::path path = store_ / "manifests" / manifest;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  auto find(const std::string& reference) {
    return find_ollama_model({"/nowhere", store_.string()}, reference);
  }

  fs::path store_;
};

TEST_F(OllamaStore, FindsByNameAndTag) {
  pull("some.host/library/gemma2/9b", 'a');
  pull("some.host/library/gemma2/latest", 'b');
  pull("some.host/somebody/tuned/q4", 'c');
  pull("other.host/somebody/tuned/latest", 'd');
  EXPECT_EQ((*find("gemma2:9b"))->path, (store_ / "blobs" / ("sha256-" + digest('a'))).string());
  EXPECT_EQ((*find("gemma2:9b"))->sha256, digest('a'));
  EXPECT_EQ((*find("gemma2"))->sha256, digest('b'));
  EXPECT_EQ((*find("somebody/tuned:q4"))->name, "somebody/tuned:q4");
  EXPECT_EQ((*find("other.host/somebody/tuned"))->sha256, digest('d'));
  for (const char* missing :
       {"gemma2:2b", "gemma3", "tuned:q4", "third.host/somebody/tuned", "a/b/c/d", "", ":", "x:"}) {
    const auto found = find(missing);
    ASSERT_TRUE(found.has_value()) << missing;
    EXPECT_FALSE(found->has_value()) << missing;
  }
}

TEST_F(OllamaStore, NeverLeavesItsFolder) {
  fs::create_directories(store_ / "manifests" / "some.host" / "library");
  write_manifest("../outside", "{}");
  for (const char* sly : {"../../outside", "..", "../..:outside", "x:../../../outside", "./x:y"}) {
    const auto found = find(sly);
    ASSERT_TRUE(found.has_value()) << sly;
    EXPECT_FALSE(found->has_value()) << sly;
  }
  write_manifest("some.host/library/sly/latest",
                 R"({"layers":[{"mediaType":"application/vnd.ollama.image.model",)"
                 R"("digest":"sha256:../../../etc/passwd"}]})");
  EXPECT_FALSE(find("sly").has_value());
}

TEST_F(OllamaStore, SaysWhatIsWrongWithAManifest) {
  write_manifest("h/library/broken/latest", "{");
  write_manifest("h/library/empty/latest", R"({"layers":[]})");
  write_manifest("h/library/strange/latest", R"([1,2])");
  pull("h/library/adapted/latest", 'e',
       R"({"mediaType":"application/vnd.ollama.image.adapter","digest":"sha256:1"},)");
  pull("h/library/gone/latest", 'f');
  fs::remove(store_ / "blobs" / ("sha256-" + digest('f')));
  for (const char* name : {"broken", "empty", "strange", "adapted", "gone"}) {
    const auto found = find(name);
    ASSERT_FALSE(found.has_value()) << name;
    EXPECT_EQ(found.error().message.find('\n'), std::string::npos);
  }
  EXPECT_NE(find("gone").error().message.find("ollama pull gone"), std::string::npos);
}

TEST_F(OllamaStore, ListsWhatCanBeRead) {
  pull("h/library/b/latest", 'a');
  pull("h/library/a/7b", 'b');
  pull("h2/library/a/7b", 'c');
  write_manifest("h/library/broken/latest", "{");
  const auto models = list_ollama_models({store_.string()});
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].name, "a:7b");
  EXPECT_EQ(models[0].sha256, digest('b'));
  EXPECT_EQ(models[0].bytes, 4U);
  EXPECT_EQ(models[1].name, "b:latest");
  EXPECT_TRUE(list_ollama_models({"/nowhere"}).empty());
}

}  // namespace
}  // namespace duologue::model
