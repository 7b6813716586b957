#include "experiment/configuration.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/yaml.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using base::Yaml;
using base::YamlKind;
using base::YamlMember;

constexpr std::array<std::string_view, 3> kProviders{"openai", "anthropic", "ollama"};
constexpr mode_t kOthersBits = S_IRWXG | S_IRWXO;
constexpr std::uint64_t kMaxRate = 1'000'000'000;

// The flags of `talk` that may have a default here: what holds for every participant.
const std::vector<std::string>& talk_keys() {
  static const std::vector<std::string> keys{"models",     "turns",  "rounds", "temperature",
                                             "top_p",      "top_k",  "min_p",  "system",
                                             "max_tokens", "memory", "think",  "determinism"};
  return keys;
}

std::string upper(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out += !plain ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return out;
}

std::string url_variable(const std::string& provider) {
  return provider == "ollama" ? "OLLAMA_HOST" : upper(provider) + "_BASE_URL";
}

// Never says what it is.
Status check_key(const Yaml& node, const std::string& key) {
  const bool good = std::ranges::all_of(key, [](char c) { return c > ' ' && c < 0x7f; });
  if (key.empty() || !good)
    return node.fail("api_key must be a key: no spaces, no line's ends, nothing but ASCII");
  return {};
}

Result<ProviderSettings> read_provider(const YamlMember& member) {
  static const std::vector<std::string> keys{"base_url", "api_key", "model", "requests_per_minute",
                                             "tokens_per_minute"};
  const std::string what = "provider " + member.key;
  TRY(member.value.map(what, keys));
  ProviderSettings provider;
  provider.name = member.key;
  if (const Yaml* url = member.value.find("base_url")) {
    TRY_ASSIGN(provider.base_url, url->text("base_url"));
    if (!provider.base_url.starts_with("http://") && !provider.base_url.starts_with("https://")) {
      return url->fail("base_url must begin with http:// or https://, e.g. http://127.0.0.1:8080/v1");
    }
  }
  if (const Yaml* key = member.value.find("api_key")) {
    TRY_ASSIGN(provider.api_key, key->text("api_key"));
    TRY(check_key(*key, provider.api_key));
  }
  if (const Yaml* model = member.value.find("model")) {
    TRY_ASSIGN(provider.model, model->text("model"));
  }
  if (const Yaml* requests = member.value.find("requests_per_minute")) {
    TRY_ASSIGN(const std::uint64_t count, requests->integer("requests_per_minute", 1, kMaxRate));
    provider.requests_per_minute = static_cast<std::uint32_t>(count);
  }
  if (const Yaml* tokens = member.value.find("tokens_per_minute")) {
    TRY_ASSIGN(provider.tokens_per_minute, tokens->integer("tokens_per_minute", 1, kMaxRate));
  }
  // Another name is a slip of one of the known ones, unless something near it says otherwise.
  const bool known = std::ranges::find(kProviders, provider.name) != kProviders.end();
  const std::string hint = base::did_you_mean(provider.name, {kProviders.begin(), kProviders.end()});
  if (!known && !hint.empty()) {
    return member.at.fail(fmt::format("unknown provider {}{}", base::in_quotes(provider.name), hint));
  }
  return provider;
}

Status read_providers(const Yaml& node, Configuration& configuration) {
  TRY_ASSIGN(const auto members, node.members("providers"));
  for (const YamlMember& member : members) {
    TRY_ASSIGN(ProviderSettings provider, read_provider(member));
    configuration.providers.push_back(std::move(provider));
  }
  return {};
}

Status read_aliases(const Yaml& node, Configuration& configuration) {
  TRY_ASSIGN(const auto members, node.members("aliases"));
  for (const YamlMember& member : members) {
    TRY_ASSIGN(std::string model, member.value.text("an alias"));
    if (member.key.empty() || member.key.find_first_of(":/@= \t") != std::string::npos) {
      return member.at.fail("an alias is one word without any of : / @ =");
    }
    if (model.empty()) return member.value.fail(fmt::format("alias {} stands for nothing", member.key));
    configuration.aliases[member.key] = std::move(model);
  }
  return {};
}

Status read_talk(const Yaml& node, Configuration& configuration) {
  TRY_ASSIGN(const auto members, node.map("talk", talk_keys()));
  for (const YamlMember& member : members) {
    if (member.key != "models") {
      TRY_ASSIGN(configuration.talk.flags[member.key], member.value.text(member.key));
      continue;
    }
    TRY_ASSIGN(const auto models, member.value.list("models"));
    for (const Yaml& model : models) {
      TRY_ASSIGN(std::string word, model.text("a model"));
      configuration.talk.models.push_back(std::move(word));
    }
  }
  return {};
}

// After reading, as only then it is known whether there is a key in it.
Status check_mode(const Configuration& configuration) {
  const bool holds_key = std::ranges::any_of(
      configuration.providers, [](const ProviderSettings& provider) { return !provider.api_key.empty(); });
  struct stat status{};
  if (!holds_key || stat(configuration.file.c_str(), &status) != 0 || (status.st_mode & kOthersBits) == 0)
    return {};
  return fail(ErrorKind::kUsage, fmt::format("{0}: holds keys, and others may read it (mode {1:04o}): "
                                             "`chmod 600 {0}`, and change the keys if somebody may have",
                                             configuration.file, status.st_mode & 07777));
}

}  // namespace

std::string configuration_file(const base::Environment& env) {
  if (const auto folder = env("XDG_CONFIG_HOME"); folder && folder->starts_with('/')) {
    return *folder + "/duologue/config.yaml";
  }
  const auto home = env("HOME");
  return home ? *home + "/.config/duologue/config.yaml" : "";
}

Result<Configuration> read_configuration(const std::string& file) {
  Configuration configuration;
  struct stat status{};
  if (file.empty() || (stat(file.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR))) {
    return configuration;
  }
  configuration.file = file;
  TRY_ASSIGN(const Yaml root, Yaml::parse_file(file));
  if (root.kind() == YamlKind::kNull) return configuration;
  TRY(root.map("the configuration", {"aliases", "providers", "talk"}));
  if (const Yaml* aliases = root.find("aliases")) TRY(read_aliases(*aliases, configuration));
  if (const Yaml* providers = root.find("providers")) TRY(read_providers(*providers, configuration));
  if (const Yaml* talk = root.find("talk")) TRY(read_talk(*talk, configuration));
  TRY(check_mode(configuration));
  return configuration;
}

std::string key_variable(const std::string& provider) { return upper(provider) + "_API_KEY"; }

base::Environment environment_over(const Configuration& configuration, const base::Environment& env) {
  std::map<std::string, std::string, std::less<>> set;
  for (const ProviderSettings& provider : configuration.providers) {
    if (!provider.api_key.empty()) set[key_variable(provider.name)] = provider.api_key;
    if (!provider.base_url.empty()) set[url_variable(provider.name)] = provider.base_url;
  }
  return [set = std::move(set), env](std::string_view name) -> std::optional<std::string> {
    if (auto value = env(name)) return value;
    const auto at = set.find(name);
    return at == set.end() ? std::nullopt : std::optional(at->second);
  };
}

}  // namespace duologue::experiment
