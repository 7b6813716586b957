#include "experiment/try_provider.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "chat/transcript.h"
#include "chat/view.h"
#include "model/http/endpoint.h"
#include "model/http/offered.h"
#include "model/http/open_http.h"
#include "model/model.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

// What names a provider in the environment: its key or its address.
struct Known {
  std::string_view name;
  std::array<std::string_view, 2> variables;
};
constexpr std::array<Known, 3> kKnown{{{"openai", {"OPENAI_API_KEY", "OPENAI_BASE_URL"}},
                                       {"anthropic", {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"}},
                                       {"ollama", {"OLLAMA_HOST", "OLLAMA_API_KEY"}}}};

constexpr std::uint32_t kTinyContext = 2'048;

bool is_known(const std::string& name) {
  return std::ranges::find(kKnown, name, &Known::name) != kKnown.end();
}

// The provider's model as a name of the catalog: others than the known ones speak OpenAI's API.
std::string full_name(const ProviderSettings& provider, const std::string& model) {
  if (is_known(provider.name)) return fmt::format("{}:{}", provider.name, model);
  return fmt::format("openai:{}@{}", model, provider.base_url);
}

chat::OwnedView tiny_view() {
  chat::Transcript transcript;
  transcript.append(chat::Injection{{}, chat::Placement::kAppended, "Say yes.", {}});
  return chat::view_for(transcript, {});
}

}  // namespace

std::vector<ProviderSettings> providers_in_use(const Configuration& configuration,
                                               const base::Environment& env) {
  std::vector<ProviderSettings> providers = configuration.providers;
  for (const Known& known : kKnown) {
    const bool set =
        std::ranges::any_of(known.variables, [&](std::string_view name) { return env(name).has_value(); });
    if (!set || std::ranges::find(providers, known.name, &ProviderSettings::name) != providers.end())
      continue;
    providers.push_back({.name = std::string(known.name), .base_url = "", .api_key = "", .model = ""});
  }
  return providers;
}

Result<std::string> try_provider(const ProviderSettings& provider, const base::Environment& env,
                                 const std::shared_ptr<model::http::Transport>& transport,
                                 std::stop_token stop) {
  namespace http = model::http;
  if (!is_known(provider.name) && provider.base_url.empty()) {
    return fail(ErrorKind::kUsage,
                fmt::format("{}: its address isn't known here; give it as base_url", provider.name));
  }
  // The list is asked for whatever the model: the name stands for any.
  const std::string any = provider.model.empty() ? "any" : provider.model;
  TRY_ASSIGN(http::Endpoint endpoint, http::endpoint_of(full_name(provider, any), env));
  TRY_ASSIGN(const http::Key key, http::key_of(endpoint, env));
  if (provider.model.empty()) {
    TRY_ASSIGN(const http::Offered offered, http::ask_offered(*transport, endpoint, key, stop));
    if (offered.models.empty()) {
      return fmt::format("{} answers, and names no models; say which to ask with `model:`",
                         endpoint.base_url);
    }
    endpoint.model = offered.models.front().name;
  }
  http::OpenHttpOptions options;
  options.name = full_name(provider, endpoint.model);
  options.resolved = endpoint.resolved();
  options.context_tokens = kTinyContext;
  options.transport = transport;
  options.timeouts = http::kAskTimeouts;
  options.stop = stop;
  options.env = env;
  TRY_ASSIGN(const auto model, http::open_http(options));
  model::GenerateConfig config;
  config.sampling.max_tokens = 1;
  const chat::OwnedView view = tiny_view();
  TRY_ASSIGN(const auto output, model->generate(view.view(), config, stop, [](std::string_view) {}));
  return fmt::format("{} at {} answers ({} tokens read)", endpoint.model, endpoint.base_url,
                     output.usage.prompt_tokens);
}

}  // namespace duologue::experiment
