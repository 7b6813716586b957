#include "model/catalog.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "model/testing/tiny_gguf.h"

namespace duologue::model {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

class CatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("catalog_test." + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "models");
    places_.models_folder = (root_ / "models").string();
    places_.ollama_folders = {(root_ / "ollama").string()};
    places_.aliases = {{"small", "smollm2"},
                       {"mine", "gguf:" + write("mine.gguf", testing::tiny_gguf())},
                       {"loop", "pool"},
                       {"pool", "loop"},
                       {"astray", "nothing-like-it"}};
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = root_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  // A fetch tool that does what `body` says; $2 is the folder, $3 the name.
  void set_tool(const std::string& body) {
    places_.fetch_tool = write("fetch", "#!/bin/sh\n" + body + "\n");
    chmod(places_.fetch_tool.c_str(), 0755);
  }
  Catalog catalog() const { return Catalog(places_); }
  base::Error error_of(const std::string& name) const {
    const auto model = catalog().resolve(name);
    EXPECT_FALSE(model.has_value()) << name;
    return model ? base::Error{} : model.error();
  }

  fs::path root_;
  CatalogPlaces places_;
};

TEST_F(CatalogTest, KnowsTheLockFile) {
  ASSERT_GE(known_weights().size(), 2U);
  EXPECT_EQ(known_weights().front().name, "smollm2");
  for (const KnownWeights& weights : known_weights()) {
    EXPECT_TRUE(base::Hash::from_hex(weights.sha256).has_value()) << weights.name;
    EXPECT_GT(weights.bytes, 0U);
    EXPECT_FALSE(weights.file.empty());
    const bool prepared = weights.preparation.how != Preparation::How::kNone;
    EXPECT_EQ(prepared, !weights.preparation.file.empty());
    EXPECT_EQ(prepared, !weights.preparation.type.empty());
    for (const WeightsFile& file : weights.beside) EXPECT_TRUE(base::Hash::from_hex(file.sha256).has_value());
  }
  const KnownWeights* minilm = find_known_weights("minilm");
  ASSERT_NE(minilm, nullptr);
  EXPECT_TRUE(minilm->embeds());
  EXPECT_EQ(minilm->sha256, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db");
  EXPECT_EQ(minilm->beside.size(), 1U);
  EXPECT_EQ(minilm->preparation.how, Preparation::How::kConvert);
  EXPECT_EQ(minilm->preparation.heads, 12U);
  EXPECT_EQ(minilm->preparation.max_tokens, 256U);
  EXPECT_EQ(find_known_weights("gemma3-270m")->use, "base");
  EXPECT_NE(find_known_weights("gemma3-270m")->notice.find("Gemma Terms of Use"), std::string::npos);
}

TEST_F(CatalogTest, ResolvesKnownNames) {
  const auto model = catalog().resolve("smollm2");
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->known, "smollm2");
  EXPECT_TRUE(model->fetchable);
  EXPECT_GT(model->fetch_bytes, 0U);
  EXPECT_EQ(model->path, places_.models_folder + "/smollm2.Q8_0.gguf");
  EXPECT_EQ(model->resolved, "gguf:" + model->path);
  EXPECT_EQ(describe(*model), "smollm2 is gguf:" + model->path);
  EXPECT_TRUE(catalog().resolve("gemma3-270m")->base_model);
}

TEST_F(CatalogTest, ResolvesEmbedders) {
  const auto minilm = catalog().resolve_embedder("minilm");
  ASSERT_TRUE(minilm.has_value()) << minilm.error().message;
  EXPECT_EQ(minilm->known, "minilm");
  EXPECT_TRUE(minilm->fetchable);
  EXPECT_EQ(minilm->path, places_.models_folder + "/minilm.F16.gguf");
  const auto hashed = catalog().resolve_embedder("hashed");
  ASSERT_TRUE(hashed.has_value());
  EXPECT_EQ(hashed->kind, ModelKind::kHashed);
  EXPECT_TRUE(catalog().get(*hashed, {}).has_value());
  EXPECT_EQ(catalog().resolve_embedder(write("e.gguf", testing::tiny_gguf()))->kind, ModelKind::kGguf);
  EXPECT_EQ(catalog().resolve_embedder("mine")->kind, ModelKind::kGguf);
  write("static/model.safetensors", "x");
  write("static/tokenizer.json", "x");
  const auto folder = catalog().resolve_embedder((root_ / "static").string());
  ASSERT_TRUE(folder.has_value()) << folder.error().message;
  EXPECT_EQ(folder->kind, ModelKind::kModel2vec);
  EXPECT_EQ(catalog().resolve_embedder(folder->resolved)->path, folder->path);  // a name again
  EXPECT_FALSE(catalog().resolve("hashed").has_value());
  EXPECT_FALSE(catalog().resolve_embedder("smollm2").has_value());
  EXPECT_FALSE(catalog().resolve_embedder("small").has_value());  // an alias of a model that talks
}

TEST_F(CatalogTest, ResolvesFilesAndScripts) {
  const std::string path = write("a model.gguf", testing::tiny_gguf());
  for (const std::string& name : {path, "gguf:" + path}) {
    const auto model = catalog().resolve(name);
    ASSERT_TRUE(model.has_value()) << model.error().message;
    EXPECT_EQ(model->kind, ModelKind::kGguf);
    EXPECT_EQ(model->path, path);
    EXPECT_EQ(model->name, name);
    EXPECT_TRUE(catalog().get(*model, {}).has_value());
  }
  const auto script = catalog().resolve("scripted:" + write("lines.txt", "a\nb\n"));
  ASSERT_TRUE(script.has_value());
  EXPECT_EQ(script->kind, ModelKind::kScripted);
  EXPECT_TRUE(catalog().get(*script, {}).has_value());
  // What the record keeps is a name again.
  EXPECT_EQ(catalog().resolve(script->resolved)->path, script->path);
}

TEST_F(CatalogTest, ResolvesOllamaModelsAndAliases) {
  const std::string digest(64, 'a');
  const std::string blob = write("ollama/blobs/sha256-" + digest, testing::tiny_gguf());
  write(
      "ollama/manifests/h/library/gemma2/9b",
      R"({"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:)" + digest + "\"}]}");
  for (const char* name : {"gemma2:9b", "gguf:ollama/gemma2:9b"}) {
    const auto model = catalog().resolve(name);
    ASSERT_TRUE(model.has_value()) << model.error().message;
    EXPECT_EQ(model->path, blob);
    EXPECT_TRUE(catalog().get(*model, {}).has_value());
  }
  EXPECT_EQ(catalog().resolve("small")->known, "smollm2");
  EXPECT_EQ(catalog().resolve("small")->name, "small");
  EXPECT_TRUE(catalog().resolve("mine")->path.ends_with("/mine.gguf"));
  EXPECT_NE(error_of("gemma2:8b").message.find("did you mean 'gemma2:9b'?"), std::string::npos);
  EXPECT_NE(error_of("gguf:ollama/gemma2").message.find("did you mean 'gemma2:9b'?"), std::string::npos);
  EXPECT_EQ(error_of("loop").kind, ErrorKind::kUsage);
  EXPECT_EQ(error_of("astray").kind, ErrorKind::kUsage);
}

TEST_F(CatalogTest, RefusesWithOneLineThatHelps) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"smolm2", "did you mean 'smollm2'?"},
      {"gemma3-270", "did you mean 'gemma3-270m'?"},
      {"scriptd:lines.txt", "did you mean 'scripted:lines.txt'?"},
      {"zzzzzz", "duologue models"},
      {"", "empty model name"},
      {std::string(5000, 'x'), "5000 bytes"},
      {"minilm", "embeddings"},
      {"openai:", "comes after openai:"},
      {"openia:gpt", "did you mean 'openai:gpt'?"},
      {"openai:gpt@https://", "no URL"},
      {"gguf:", "wants a file"},
      {"scripted:", "wants a file"},
      {"missing.gguf", "no such file"},
      {"gguf:" + root_.string(), "is a folder"},
      {"scripted:/nowhere/x", "no such file"},
  };
  for (const auto& [name, words] : cases) {
    const base::Error error = error_of(name);
    EXPECT_NE(error.message.find(words), std::string::npos) << name << ": " << error.message;
    EXPECT_EQ(error.message.find('\n'), std::string::npos);
    EXPECT_TRUE(error.kind == ErrorKind::kUsage || error.kind == ErrorKind::kNotFound) << name;
  }
}

TEST_F(CatalogTest, KnowsProvidersModelsByTheirPrefix) {
  const auto model = catalog().resolve("openai:gpt@https://host/v1");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->kind, ModelKind::kHttp);
  EXPECT_EQ(model->resolved, "openai:gpt@https://host/v1");
  EXPECT_FALSE(model->base_model);
  EXPECT_EQ(catalog().resolve(model->resolved)->resolved, model->resolved);
  EXPECT_TRUE(catalog().resolve("completions:base@http://127.0.0.1:1")->base_model);
  EXPECT_EQ(catalog().resolve("ollama:gemma2:9b@http://h:1")->resolved, "ollama:gemma2:9b@http://h:1");
}

TEST_F(CatalogTest, ChecksAFileBeforeItIsLoaded) {
  const std::string whole = testing::tiny_gguf();
  const auto model = catalog().resolve(write("cut.gguf", whole.substr(0, whole.size() - 1)));
  ASSERT_TRUE(model.has_value());
  const auto checked = catalog().get(*model, {});
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().kind, ErrorKind::kModel);
  EXPECT_NE(checked.error().message.find("cut off"), std::string::npos);
}

TEST_F(CatalogTest, FetchesNothingUnasked) {
  set_tool("echo fetched >>" + (root_ / "log").string());
  const auto model = catalog().resolve("gemma3-270m");
  const auto refused = catalog().get(*model, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(refused.error().message.find("duologue models pull gemma3-270m"), std::string::npos);
  std::string asked;
  GetOptions options;
  options.may_fetch = [&asked](std::string_view question) { return asked = question, false; };
  EXPECT_FALSE(catalog().get(*model, options).has_value());
  EXPECT_NE(asked.find("253 MB"), std::string::npos) << asked;
  EXPECT_FALSE(fs::exists(root_ / "log"));
}

TEST_F(CatalogTest, SaysWhenAFetchFails) {
  const auto without = catalog().pull("smollm2", {});
  ASSERT_FALSE(without.has_value());
  EXPECT_NE(without.error().message.find("fetch-model"), std::string::npos);
  set_tool("exit 7");
  const auto failed = catalog().pull("smollm2", {});
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().kind, ErrorKind::kModel);
  EXPECT_NE(failed.error().message.find("exit 7"), std::string::npos);
  set_tool("exit 130");
  EXPECT_EQ(catalog().pull("smollm2", {}).error().kind, ErrorKind::kCancelled);
  EXPECT_NE(catalog().pull("smolm2", {}).error().message.find("did you mean 'smollm2'?"), std::string::npos);
}

TEST_F(CatalogTest, StopsAFetchThatIsNoLongerWanted) {
  set_tool("exec sleep 60");
  std::stop_source source;
  std::jthread stopper([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  GetOptions options;
  options.stop = source.get_token();
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(catalog().pull("smollm2", options).error().kind, ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST_F(CatalogTest, RefusesWeightsOfAnotherHashAndSaysTheMend) {
  set_tool("cp " + write("other.gguf", testing::tiny_gguf()) + " \"$2/gemma3-270m.Q4_K_M.gguf\"");
  const auto pulled = catalog().pull("gemma3-270m", {});
  ASSERT_FALSE(pulled.has_value());
  EXPECT_EQ(pulled.error().kind, ErrorKind::kModel);
  EXPECT_NE(pulled.error().message.find("remove it and run `duologue models pull gemma3-270m`"),
            std::string::npos)
      << pulled.error().message;
}

TEST_F(CatalogTest, ASidecarVouchesUntilTheFileChanges) {
  const std::string path = write("weights.gguf", "abc");
  const std::string hash = base::hash_bytes("abc").hex();
  EXPECT_EQ(sidecar_sha256(path), "");
  EXPECT_TRUE(verify_sha256(path, hash, "").has_value());
  EXPECT_EQ(sidecar_sha256(path), hash);
  // A sidecar that lies is believed: the file is not read again.
  write_sidecar(path, std::string(64, '0'));
  EXPECT_TRUE(verify_sha256(path, std::string(64, '0'), "").has_value());
  std::ofstream(path) << "abcd";
  EXPECT_EQ(sidecar_sha256(path), "");
  EXPECT_FALSE(verify_sha256(path, hash, "mend").has_value());
  std::ofstream(path + ".sha256") << "nonsense";
  EXPECT_EQ(sidecar_sha256(path), "");
}

// The default weights are prepared once: requantised into a file that appears whole, or not at all.
TEST_F(CatalogTest, PreparesOnce) {
  KnownWeights weights = *find_known_weights("smollm2");
  write("models/" + weights.file, testing::tiny_gguf());
  int calls = 0;
  FetchOptions options{
      .tool = {}, .models_folder = places_.models_folder, .prepare = {}, .say = {}, .stop = {}};
  EXPECT_EQ(prepare_weights(weights, options).error().kind, ErrorKind::kUsage);
  write("models/" + weights.preparation.file + ".partial-1", "of a killed run");
  options.prepare = [&](const KnownWeights& of, const std::string& folder,
                        const std::string& to) -> base::Status {
    ++calls;
    EXPECT_EQ(of.name, "smollm2");
    EXPECT_EQ(folder, places_.models_folder);
    std::ofstream(to) << "made";
    if (calls == 1) return base::fail(ErrorKind::kModel, "no luck");
    return {};
  };
  EXPECT_FALSE(prepare_weights(weights, options).has_value());
  EXPECT_FALSE(weights_state(weights, places_.models_folder).ready);
  EXPECT_TRUE(prepare_weights(weights, options).has_value());
  EXPECT_TRUE(prepare_weights(weights, options).has_value());
  EXPECT_EQ(calls, 2);
  const WeightsState state = weights_state(weights, places_.models_folder);
  EXPECT_TRUE(state.ready);
  EXPECT_EQ(sidecar_sha256(state.path), base::hash_bytes("made").hex());
  for (const fs::directory_entry& entry : fs::directory_iterator(places_.models_folder)) {
    EXPECT_EQ(entry.path().string().find(".partial-"), std::string::npos) << entry.path();
  }
  EXPECT_FALSE(catalog().resolve("smollm2")->fetchable);
}

// What is fetched in two files counts as there when both are.
TEST_F(CatalogTest, NeedsTheFilesBeside) {
  const KnownWeights& weights = *find_known_weights("minilm");
  write("models/" + weights.file, "weights");
  EXPECT_FALSE(weights_state(weights, places_.models_folder).fetched);
  write("models/" + weights.beside[0].file, "words");
  EXPECT_TRUE(weights_state(weights, places_.models_folder).fetched);
  const auto got = catalog().get(*catalog().resolve_embedder("minilm"), {});
  ASSERT_FALSE(got.has_value());
  EXPECT_NE(got.error().message.find("remove it and run `duologue models pull minilm`"), std::string::npos)
      << got.error().message;
}

TEST_F(CatalogTest, ListsWhatThereIs) {
  const auto rows = catalog().list();
  const auto row = [&rows](std::string_view name) {
    return *std::ranges::find(rows, name, [](const CatalogRow& r) { return std::string_view(r.name); });
  };
  EXPECT_FALSE(row("smollm2").present);
  EXPECT_EQ(row("small").about, "stands for smollm2");
  EXPECT_TRUE(row("mine").present);
  EXPECT_FALSE(row("loop").present);
  EXPECT_FALSE(row("astray").present);
}

}  // namespace
}  // namespace duologue::model
