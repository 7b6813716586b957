#include "model/http/open_http.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "model/http/anthropic.h"
#include "model/http/completions.h"
#include "model/http/endpoint.h"
#include "model/http/endpoint_price.h"
#include "model/http/http_model.h"
#include "model/http/offered.h"
#include "model/http/ollama.h"
#include "model/http/openai_chat.h"
#include "model/http/openai_responses.h"
#include "model/http/sampler_fields.h"
#include "model/http/url.h"

namespace duologue::model::http {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

constexpr std::uint32_t kUsualContext = 8'192;  // as of models in process

struct Forms {
  Api api = Api::kChat;
  const WireForm* chat = nullptr;
  const WireForm* raw = nullptr;
};

Forms forms_of(Provider provider) {
  switch (provider) {
    case Provider::kOpenAi:
      return {Api::kChat, &openai_chat(), &completions()};
    case Provider::kOpenAiResponses:
      return {Api::kResponses, &openai_responses(), &completions()};
    case Provider::kCompletions:
      return {Api::kCompletions, nullptr, &completions()};
    case Provider::kOllama:
      return {Api::kOllama, &ollama_chat(), &ollama_generate()};
    case Provider::kAnthropic:
      break;
  }
  return {Api::kAnthropic, &anthropic_messages(), nullptr};
}

// The server has a list, and neither that nor the server itself knows the name.
Status check_offered(Transport& transport, const Endpoint& endpoint, const Key& key, const Offered& offered,
                     const std::stop_token& stop) {
  // llama-server answers to any name.
  if (!offered.listed || offered.dialect == Dialect::kLlamaServer || offered.find(endpoint.model) != nullptr)
    return {};
  if (endpoint.provider != Provider::kOllama) {
    TRY_ASSIGN(const bool known, ask_known(transport, endpoint, key, stop));
    if (known) return {};
  }
  std::vector<std::string> names;
  for (const OfferedModel& model : offered.models) names.push_back(model.name);
  std::string hint = base::did_you_mean(endpoint.model, names);
  if (hint.empty() && !names.empty()) {
    const std::size_t shown = std::min<std::size_t>(names.size(), 5);
    hint = fmt::format("; it has {}{}",
                       fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       names.size() > shown ? ", …" : "");
  } else if (names.empty()) {
    hint = "; it has none";
  }
  if (endpoint.provider == Provider::kOllama)
    hint += fmt::format("; `ollama pull {}` gets it", endpoint.model);
  return fail(ErrorKind::kUsage, fmt::format("{}{}: {} has no such model{}", prefix_of(endpoint.provider),
                                             endpoint.model, origin_of(endpoint.base_url), hint));
}

void say_unsent(const OpenHttpOptions& options, Api api, Dialect dialect) {
  std::set<std::string> unsent;
  for (const chat::Sampling& sampling : options.sampling)
    unsent.merge([&] {
      const auto names = unsent_samplers(sampling, api, dialect);
      return std::set<std::string>(names.begin(), names.end());
    }());
  if (unsent.empty() || !options.say) return;
  options.say(fmt::format("{}: this API has no word for {}: the server's own values hold", options.name,
                          fmt::join(unsent, ", ")));
}

ModelInfo info_of(const OpenHttpOptions& options, const Endpoint& endpoint, const Offered& offered) {
  ModelInfo info;
  info.name = options.name;
  info.resolved = endpoint.resolved();
  info.identity = info.resolved;
  info.tools = endpoint.provider != Provider::kCompletions;
  const OfferedModel* model = offered.find(endpoint.model);
  if (offered.dialect == Dialect::kLlamaServer && !offered.models.empty()) model = &offered.models.front();
  if (model != nullptr) {
    info.context_tokens = model->context_tokens;
    if (!model->digest.empty()) info.identity = fmt::format("{} {}", info.resolved, model->digest);
  }
  switch (offered.dialect) {
    case Dialect::kLlamaServer:
    case Dialect::kVllm:
    case Dialect::kOllama:
    case Dialect::kAnthropic:
      info.prefill = endpoint.provider != Provider::kOpenAiResponses;
      break;
    default:
      info.prefill = endpoint.provider == Provider::kCompletions;
  }
  info.token_stats = endpoint.provider != Provider::kAnthropic;
  info.hosted = !is_loopback(endpoint.base_url);
  info.price = price_at(endpoint, *options.prices);
  return info;
}

}  // namespace

Result<std::shared_ptr<Model>> open_http(const OpenHttpOptions& options) {
  TRY_ASSIGN(const Endpoint endpoint, endpoint_of(options.resolved, options.env));
  Transport& transport = *options.transport;
  Key key;
  if (!transport.offline()) {
    TRY_ASSIGN(key, key_of(endpoint, options.env));
  }
  TRY_ASSIGN(const Offered offered, ask_offered(transport, endpoint, key, options.stop));
  TRY(check_offered(transport, endpoint, key, offered, options.stop));
  const Forms forms = forms_of(endpoint.provider);
  HttpModelOptions model;
  model.info = info_of(options, endpoint, offered);
  model.target = {endpoint.model, offered.dialect, 0};
  if (endpoint.provider == Provider::kOllama) {
    TRY_ASSIGN(const std::uint32_t most, ask_ollama_context(transport, endpoint, key, options.stop));
    const std::uint32_t usual = most == 0 ? kUsualContext : std::min(most, kUsualContext);
    model.target.context_tokens = options.context_tokens == 0 ? usual : options.context_tokens;
    model.info.context_tokens = model.target.context_tokens;
  }
  model.blame = {options.name, origin_of(endpoint.base_url), key.value, key.name};
  model.base_url = endpoint.base_url;
  model.headers = plain_headers(endpoint);
  model.secrets = secret_headers(endpoint, key);
  model.chat = forms.chat;
  model.raw = forms.raw;
  model.transport = options.transport;
  model.timeouts = options.timeouts;
  say_unsent(options, forms.api, offered.dialect);
  return std::make_shared<HttpModel>(std::move(model));
}

}  // namespace duologue::model::http
