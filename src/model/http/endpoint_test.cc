#include "model/http/endpoint.h"

#include <map>

#include <gtest/gtest.h>

#include "model/http/url.h"

namespace duologue::model::http {
namespace {

using base::ErrorKind;

base::Environment environment_of(std::map<std::string, std::string> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(std::string(name));
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string resolved(std::string_view name, std::map<std::string, std::string> env = {}) {
  const auto endpoint = endpoint_of(name, environment_of(std::move(env)));
  return endpoint ? endpoint->resolved() : "error: " + endpoint.error().message;
}

TEST(Endpoint, FindsTheAddressOfAName) {
  EXPECT_EQ(resolved("openai:gpt"), "openai:gpt@https://api.openai.com/v1");
  EXPECT_EQ(resolved("openai:gpt", {{"OPENAI_BASE_URL", "http://127.0.0.1:4000/"}}),
            "openai:gpt@http://127.0.0.1:4000/v1");
  EXPECT_EQ(resolved("openai:a/b:free@https://openrouter.ai/api/v1"),
            "openai:a/b:free@https://openrouter.ai/api/v1");
  EXPECT_EQ(resolved("openai:@cf/llama@https://h/v1/"), "openai:@cf/llama@https://h/v1");
  EXPECT_EQ(resolved("openai-responses:m@http://localhost:8080"),
            "openai-responses:m@http://localhost:8080/v1");
  EXPECT_EQ(resolved("completions:m", {{"OPENAI_BASE_URL", "http://h/x"}}), "completions:m@http://h/x");
  EXPECT_EQ(resolved("anthropic:c"), "anthropic:c@https://api.anthropic.com");
  EXPECT_EQ(resolved("anthropic:c@http://h:1/v1"), "anthropic:c@http://h:1");
  EXPECT_EQ(resolved("anthropic:c", {{"ANTHROPIC_BASE_URL", "https://proxy.example"}}),
            "anthropic:c@https://proxy.example");
  EXPECT_EQ(resolved("ollama:gemma2:9b"), "ollama:gemma2:9b@http://127.0.0.1:11434");
  EXPECT_EQ(resolved("ollama:m", {{"OLLAMA_HOST", "0.0.0.0"}}), "ollama:m@http://127.0.0.1:11434");
  EXPECT_EQ(resolved("ollama:m", {{"OLLAMA_HOST", "box:1234"}}), "ollama:m@http://box:1234");
  EXPECT_EQ(resolved("ollama:m@https://h"), "ollama:m@https://h");
}

TEST(Endpoint, IsFoundAgainByItsResolvedName) {
  for (const char* name :
       {"openai:@cf/llama@https://h/v1", "ollama:a:b@http://h:1", "anthropic:c@https://api.anthropic.com"})
    EXPECT_EQ(resolved(resolved(name), {{"OPENAI_BASE_URL", "http://other/v1"}, {"OLLAMA_HOST", "other"}}),
              name);
}

TEST(Endpoint, SaysWhatIsWrongWithAName) {
  const auto error = [](std::string_view name, std::map<std::string, std::string> env = {}) {
    const auto endpoint = endpoint_of(name, environment_of(std::move(env)));
    EXPECT_FALSE(endpoint) << name;
    if (endpoint) return std::string();
    EXPECT_EQ(endpoint.error().kind, ErrorKind::kUsage);
    return endpoint.error().message;
  };
  EXPECT_NE(error("openai:").find("comes after openai:"), std::string::npos);
  EXPECT_NE(error("openai:a b").find("without spaces"), std::string::npos);
  EXPECT_NE(error("openai:m@localhost:8080").find("openai:m@http://localhost:8080"), std::string::npos);
  EXPECT_NE(error("openai:m@http://").find("no URL"), std::string::npos);
  EXPECT_NE(error("openai:m", {{"OPENAI_BASE_URL", "api.openai.com"}}).find("OPENAI_BASE_URL: "),
            std::string::npos);
  const std::string secret = error("openai:m@https://user:sk-123@h/v1");
  EXPECT_NE(secret.find("environment"), std::string::npos);
  EXPECT_EQ(secret.find("sk-123"), std::string::npos) << secret;
  EXPECT_EQ(error("openai:m@https://h/v1?key=sk-123").find("sk-123"), std::string::npos);
}

std::pair<std::string, std::string> key(std::string_view name, std::map<std::string, std::string> env) {
  const auto endpoint = endpoint_of(name, environment_of(env));
  EXPECT_TRUE(endpoint);
  const auto found = key_of(*endpoint, environment_of(env));
  return found ? std::pair(found->name, found->value)
               : std::pair(std::string("error"), found.error().message);
}

TEST(Endpoint, SendsAKeyOnlyWhereItsOwnerSentIt) {
  const std::map<std::string, std::string> env{
      {"OPENAI_API_KEY", "sk-o"}, {"MISTRAL_API_KEY", "sk-m"}, {"EVIL_API_KEY", ""}};
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(key("openai:m", env), Pair("OPENAI_API_KEY", "sk-o"));
  EXPECT_EQ(key("openai:m@http://127.0.0.1:4000/v1", env), Pair("OPENAI_API_KEY", "sk-o"));
  EXPECT_EQ(key("openai:m@https://api.mistral.ai/v1", env), Pair("MISTRAL_API_KEY", "sk-m"));
  EXPECT_EQ(key("openai:m@https://evil.example/v1", env), Pair("EVIL_API_KEY", ""));
  EXPECT_EQ(key("openai:m@https://10.0.0.1/v1", env), Pair("", ""));
  auto proxied = env;
  proxied["OPENAI_BASE_URL"] = "https://proxy.example/v1";
  EXPECT_EQ(key("openai:m", proxied), Pair("OPENAI_API_KEY", "sk-o"));
  EXPECT_EQ(key("ollama:m", env), Pair("OLLAMA_API_KEY", ""));
}

TEST(Endpoint, SaysWhichKeyIsMissingOrBroken) {
  auto [name, message] = key("anthropic:c", {});
  EXPECT_EQ(name, "error");
  EXPECT_EQ(message,
            "anthropic:c: ANTHROPIC_API_KEY isn't set: `export ANTHROPIC_API_KEY=…` (or name another server: "
            "anthropic:c@URL)");
  std::tie(name, message) = key("openai:m", {{"OPENAI_API_KEY", "sk-1\r\nX: y"}});
  EXPECT_EQ(name, "error");
  EXPECT_EQ(message.find("sk-1"), std::string::npos);
  EXPECT_EQ(key("openai:m", {{"OPENAI_API_KEY", "sk-1\n"}}).second, "sk-1");
}

TEST(Url, KnowsThisMachine) {
  for (const char* url :
       {"http://localhost:1/v1", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:8080/x"})
    EXPECT_TRUE(is_loopback(url)) << url;
  for (const char* url :
       {"http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://10.0.0.1", "http://[::2]"})
    EXPECT_FALSE(is_loopback(url)) << url;
  EXPECT_EQ(origin_of("https://u:p@h:1/secret?x"), "https://h:1");
  EXPECT_EQ(host_of("https://API.Example:8080/x"), "api.example");
}

TEST(Url, ReadsOllamaHostAsOllamaDoes) {
  const std::pair<const char*, const char*> kHosts[] = {{"", "http://127.0.0.1:11434"},
                                                        {"box", "http://box:11434"},
                                                        {":1234", "http://127.0.0.1:1234"},
                                                        {"0.0.0.0:1", "http://127.0.0.1:1"},
                                                        {"https://box", "https://box:443"},
                                                        {"http://box:80/", "http://box:80"},
                                                        {"[::1]", "http://[::1]:11434"},
                                                        {"[::1]:5", "http://[::1]:5"},
                                                        {"http://box/path", "http://box:11434/path"}};
  for (const auto& [host, url] : kHosts) EXPECT_EQ(ollama_url(host), url);
}

}  // namespace
}  // namespace duologue::model::http
