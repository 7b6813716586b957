#include "experiment/configuration.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace duologue::experiment {
namespace {

class ConfigurationFile : public testing::Test {
 protected:
  ConfigurationFile() {
    std::string name = (std::filesystem::temp_directory_path() / "duologue-config-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    file_ = folder_ + "/config.yaml";
  }
  ~ConfigurationFile() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  base::Result<Configuration> read(const std::string& text, mode_t mode = 0600) {
    std::ofstream(file_) << text;
    chmod(file_.c_str(), mode);
    return read_configuration(file_);
  }
  std::string error_of(const std::string& text, mode_t mode = 0600) {
    const auto read_back = read(text, mode);
    EXPECT_FALSE(read_back);
    return read_back ? "" : read_back.error().message;
  }

  std::string folder_, file_;
};

TEST_F(ConfigurationFile, IsReadWhole) {
  const auto read_back = read(
      "aliases:\n  small: smollm2\n"
      "providers:\n"
      "  openai: {base_url: \"http://127.0.0.1:1/v1\", api_key: sk-1, requests_per_minute: 60}\n"
      "  mistral: {api_key: m-2, tokens_per_minute: 500000, model: tiny}\n"
      "  ollama: {base_url: \"http://127.0.0.1:2\"}\n"
      "talk: {models: [small, small], turns: 12, temperature: 0.5, think: own}\n");
  ASSERT_TRUE(read_back) << read_back.error().message;
  EXPECT_EQ(read_back->file, file_);
  EXPECT_EQ(read_back->aliases.at("small"), "smollm2");
  ASSERT_EQ(read_back->providers.size(), 3u);
  EXPECT_EQ(read_back->providers[0].requests_per_minute, 60u);
  EXPECT_EQ(read_back->providers[1].name, "mistral");
  EXPECT_EQ(read_back->providers[1].tokens_per_minute, 500'000u);
  EXPECT_EQ(read_back->talk.models.size(), 2u);
  EXPECT_EQ(read_back->talk.flags.at("turns"), "12");
  EXPECT_EQ(read_back->talk.flags.at("temperature"), "0.5");
}

TEST_F(ConfigurationFile, MayBeMissingOrEmpty) {
  EXPECT_TRUE(read_configuration(folder_ + "/none.yaml")->file.empty());
  EXPECT_TRUE(read_configuration("")->file.empty());
  EXPECT_TRUE(read("")->providers.empty());
  EXPECT_TRUE(read("# nothing yet\n")->providers.empty());
}

TEST_F(ConfigurationFile, TheEnvironmentGoesFirst) {
  const auto read_back = read(
      "providers: {openai: {api_key: from-file, base_url: \"http://a/v1\"}, ollama: {base_url: "
      "\"http://b\"}}\n");
  ASSERT_TRUE(read_back) << read_back.error().message;
  const auto env = environment_over(*read_back, [](std::string_view name) {
    return name == "OPENAI_API_KEY" ? std::optional<std::string>("from-environment") : std::nullopt;
  });
  EXPECT_EQ(env("OPENAI_API_KEY"), "from-environment");
  EXPECT_EQ(env("OPENAI_BASE_URL"), "http://a/v1");
  EXPECT_EQ(env("OLLAMA_HOST"), "http://b");
  EXPECT_EQ(env("ANTHROPIC_API_KEY"), std::nullopt);
}

TEST_F(ConfigurationFile, KeysAreTheOwnersAlone) {
  const std::string with_key = "providers: {openai: {api_key: sk-secret}}\n";
  EXPECT_TRUE(read(with_key, 0600));
  EXPECT_TRUE(read(with_key, 0400));
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U}) {
    const std::string error = error_of(with_key, mode);
    EXPECT_NE(error.find("`chmod 600 " + file_ + "`"), std::string::npos) << error;
    EXPECT_EQ(error.find("sk-secret"), std::string::npos) << error;
  }
  EXPECT_TRUE(read("aliases: {a: smollm2}\n", 0644)) << "no key, no secret";
}

TEST_F(ConfigurationFile, SlipsAreNamedWithTheirPlace) {
  EXPECT_NE(error_of("alias: {a: b}\n").find(file_ + ":1:1: "), std::string::npos)
      << error_of("alias: {a: b}\n");
  EXPECT_NE(error_of("alias: {a: b}\n").find("'aliases'"), std::string::npos);
  EXPECT_NE(
      error_of("providers:\n  opneai: {}\n").find(":2:3: unknown provider 'opneai'; did you mean 'openai'"),
      std::string::npos)
      << error_of("providers:\n  opneai: {}\n");
  EXPECT_NE(error_of("providers: {openai: {apikey: x}}\n").find("'api_key'"), std::string::npos);
  EXPECT_NE(error_of("talk: {turn: 3}\n").find("'turns'"), std::string::npos);
  EXPECT_NE(error_of("providers: {openai: {base_url: a.b}}\n").find("http://"), std::string::npos);
  EXPECT_NE(error_of("aliases: {a:b: x}\n").find("one word"), std::string::npos);
  const std::string bad_key = error_of("providers: {openai: {api_key: \"my secret\"}}\n");
  EXPECT_EQ(bad_key.find("my secret"), std::string::npos) << bad_key;
}

TEST_F(ConfigurationFile, StandsWhereTheDesktopSaysSo) {
  const auto env = [](std::string_view xdg, std::string_view home) {
    return [=](std::string_view name) -> std::optional<std::string> {
      const std::string_view value = name == "XDG_CONFIG_HOME" ? xdg : name == "HOME" ? home : "";
      return value.empty() ? std::nullopt : std::optional<std::string>(value);
    };
  };
  EXPECT_EQ(configuration_file(env("/x", "/h")), "/x/duologue/config.yaml");
  EXPECT_EQ(configuration_file(env("relative", "/h")), "/h/.config/duologue/config.yaml");
  EXPECT_EQ(configuration_file(env("", "")), "");
}

}  // namespace
}  // namespace duologue::experiment
