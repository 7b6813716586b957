#include "model/http/endpoint.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "model/http/url.h"

namespace duologue::model::http {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view kOpenAiUrl = "https://api.openai.com/v1";
constexpr std::string_view kAnthropicUrl = "https://api.anthropic.com";
constexpr std::string_view kAnthropicVersion = "2023-06-01";
constexpr std::size_t kMaxKeyBytes = 4'096;

struct Known {
  Provider provider;
  std::string_view prefix;
  std::string_view url_variable;
  std::string_view key_variable;
  std::string_view own_url;
};
constexpr std::array<Known, 5> kKnown = {{
    {Provider::kOpenAi, "openai:", "OPENAI_BASE_URL", "OPENAI_API_KEY", kOpenAiUrl},
    {Provider::kOpenAiResponses, "openai-responses:", "OPENAI_BASE_URL", "OPENAI_API_KEY", kOpenAiUrl},
    {Provider::kCompletions, "completions:", "OPENAI_BASE_URL", "OPENAI_API_KEY", kOpenAiUrl},
    {Provider::kOllama, "ollama:", "OLLAMA_HOST", "OLLAMA_API_KEY", ""},
    {Provider::kAnthropic, "anthropic:", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", kAnthropicUrl},
}};

const Known& known(Provider provider) { return *std::ranges::find(kKnown, provider, &Known::provider); }

// The URL as this API's paths continue it.
std::string with_usual_path(Provider provider, std::string url) {
  const bool has_path = url.find('/', url.find("://") + 3) != std::string::npos;
  if (provider == Provider::kAnthropic || provider == Provider::kOllama) {
    if (url.ends_with("/v1")) url.resize(url.size() - 3);
    return url;
  }
  return has_path ? url : url + "/v1";
}

Result<std::string> usual_url(Provider provider, const base::Environment& env) {
  const Known& of = known(provider);
  const auto set = env(of.url_variable);
  if (provider == Provider::kOllama) {
    auto url = check_base_url(ollama_url(set.value_or("")));
    if (!url) return fail(url.error().kind, fmt::format("OLLAMA_HOST: {}", url.error().message));
    return with_usual_path(provider, std::move(*url));
  }
  if (!set) return std::string(of.own_url);
  auto url = check_base_url(*set);
  if (!url) return fail(url.error().kind, fmt::format("{}: {}", of.url_variable, url.error().message));
  return with_usual_path(provider, std::move(*url));
}

// Where "@http…" begins; npos: no URL in the name.
std::size_t url_start(std::string_view name) {
  return std::min(name.rfind("@http://"), name.rfind("@https://"));
}

// "MISTRAL_API_KEY" of "api.mistral.ai"; empty for an address in numbers or a name without dots.
std::string key_variable_of_host(const std::string& host) {
  const std::size_t last = host.rfind('.');
  if (last == std::string::npos || last == 0 || host.find_first_not_of("0123456789.:") == std::string::npos)
    return {};
  const std::size_t before = host.rfind('.', last - 1);
  std::string name = host.substr(before == std::string::npos ? 0 : before + 1,
                                 last - (before == std::string::npos ? 0 : before + 1));
  for (char& c : name)
    c = std::isalnum(static_cast<unsigned char>(c)) != 0
            ? static_cast<char>(std::toupper(static_cast<unsigned char>(c)))
            : '_';
  return name + "_API_KEY";
}

}  // namespace

std::string_view prefix_of(Provider provider) { return known(provider).prefix; }

bool is_http_name(std::string_view name) {
  return std::ranges::any_of(kKnown, [&](const Known& of) { return name.starts_with(of.prefix); });
}

std::string Endpoint::resolved() const {
  return fmt::format("{}{}@{}", prefix_of(provider), model, base_url);
}

Result<Endpoint> endpoint_of(std::string_view name, const base::Environment& env) {
  const auto found =
      std::ranges::find_if(kKnown, [&](const Known& of) { return name.starts_with(of.prefix); });
  if (found == kKnown.end()) return fail(ErrorKind::kInternal, fmt::format("{}: no provider's model", name));
  Endpoint endpoint;
  endpoint.provider = found->provider;
  const std::string_view rest = name.substr(found->prefix.size());
  const std::size_t at = url_start(rest);
  endpoint.model = rest.substr(0, at);
  const bool bad_name = std::ranges::any_of(
      endpoint.model, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
  if (endpoint.model.empty() || bad_name) {
    return fail(ErrorKind::kUsage,
                fmt::format("{}: a model's name without spaces comes after {}, e.g. {}some-model", name,
                            found->prefix, found->prefix));
  }
  if (at == std::string_view::npos) {
    const std::size_t host = endpoint.model.rfind('@');
    if (host != std::string::npos && endpoint.model.find_first_of(":/", host) != std::string::npos) {
      return fail(ErrorKind::kUsage,
                  fmt::format("{}: write its address as a URL: {}{}@http://{}", name, found->prefix,
                              endpoint.model.substr(0, host), endpoint.model.substr(host + 1)));
    }
    TRY_ASSIGN(endpoint.base_url, usual_url(endpoint.provider, env));
    return endpoint;
  }
  TRY_ASSIGN(std::string url, check_base_url(rest.substr(at + 1)));
  endpoint.base_url = with_usual_path(endpoint.provider, std::move(url));
  return endpoint;
}

Result<Key> key_of(const Endpoint& endpoint, const base::Environment& env) {
  const Known& of = known(endpoint.provider);
  const bool own_address = endpoint.base_url == of.own_url;
  bool named_by_user = own_address || is_loopback(endpoint.base_url);
  if (const auto usual = usual_url(endpoint.provider, env); usual && !named_by_user)
    named_by_user = host_of(*usual) == host_of(endpoint.base_url);
  Key key;
  key.name = named_by_user ? std::string(of.key_variable) : key_variable_of_host(host_of(endpoint.base_url));
  if (!key.name.empty()) key.value = env(key.name).value_or("");
  while (!key.value.empty() && std::isspace(static_cast<unsigned char>(key.value.back())) != 0)
    key.value.pop_back();
  if (own_address && key.value.empty()) {
    return fail(ErrorKind::kUsage,
                fmt::format("{}{}: {} isn't set: `export {}=…` (or name another server: {}{}@URL)", of.prefix,
                            endpoint.model, key.name, key.name, of.prefix, endpoint.model));
  }
  const bool bad = key.value.size() > kMaxKeyBytes || std::ranges::any_of(key.value, [](char c) {
                     return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F;
                   });
  if (bad)
    return fail(ErrorKind::kUsage, fmt::format("{} holds spaces or characters that no key has", key.name));
  return key;
}

std::vector<HttpHeader> secret_headers(const Endpoint& endpoint, const Key& key) {
  if (key.value.empty()) return {};
  if (endpoint.provider == Provider::kAnthropic) return {{"x-api-key", key.value}};
  return {{"Authorization", "Bearer " + key.value}};
}

std::vector<HttpHeader> plain_headers(const Endpoint& endpoint) {
  if (endpoint.provider == Provider::kAnthropic)
    return {{"anthropic-version", std::string(kAnthropicVersion)}};
  return {};
}

}  // namespace duologue::model::http
