#include "model/http/offered.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/json.h"
#include "model/http/url.h"
#include "model/http/wire_error.h"
#include "model/http/wire_json.h"

namespace duologue::model::http {

namespace {

using base::Json;
using base::Result;

constexpr std::size_t kMostOffered = 10'000;

std::string list_path(Provider provider) {
  switch (provider) {
    case Provider::kOllama:
      return "/api/tags";
    case Provider::kAnthropic:
      return "/v1/models?limit=1000";
    default:
      return "/models";
  }
}

Result<HttpAnswer> get(Transport& transport, const Endpoint& endpoint, const Key& key,
                       const std::string& path, const std::stop_token& stop, const HttpTimeouts& timeouts) {
  HttpRequest request;
  request.url = endpoint.base_url + path;
  request.headers = plain_headers(endpoint);
  request.secrets = secret_headers(endpoint, key);
  request.timeouts = timeouts;
  return transport.send(request, stop, nullptr);
}

Blame blame_of(const Endpoint& endpoint, const Key& key) {
  return {fmt::format("{}{}", prefix_of(endpoint.provider), endpoint.model), origin_of(endpoint.base_url),
          key.value, key.name};
}

OfferedModel offered_model(const Json& entry) {
  OfferedModel model;
  model.name = text_at(entry, "id").empty() ? text_at(entry, "name") : text_at(entry, "id");
  model.digest = text_at(entry, "digest");
  model.bytes = base::unsigned_at(entry, "size").value_or(0);
  for (const std::string_view key :
       {"max_model_len", "context_length", "context_window", "max_input_tokens"}) {
    if (model.context_tokens == 0) model.context_tokens = count_at(entry, key);
  }
  if (const Json* meta = base::member_at(entry, "meta")) {
    model.context_tokens = count_at(*meta, "n_ctx");
    model.bytes = base::unsigned_at(*meta, "size").value_or(0);
  }
  return model;
}

Dialect dialect_of(const Endpoint& endpoint, const Json& entries) {
  if (endpoint.provider == Provider::kOllama) return Dialect::kOllama;
  const std::string host = host_of(endpoint.base_url);
  const std::string_view owner = entries.empty() ? std::string_view() : text_at(entries.front(), "owned_by");
  if (owner == "llamacpp") return Dialect::kLlamaServer;
  if (endpoint.provider == Provider::kAnthropic) return Dialect::kAnthropic;
  if (owner == "vllm") return Dialect::kVllm;
  if (host == "api.openai.com") return Dialect::kOpenAi;
  if (host == "openrouter.ai") return Dialect::kOpenRouter;
  return Dialect::kPlain;
}

}  // namespace

const OfferedModel* Offered::find(std::string_view name) const {
  for (const OfferedModel& model : models) {
    if (model.name == name) return &model;
    if (dialect == Dialect::kOllama && name.find(':') == std::string_view::npos &&
        model.name == std::string(name) + ":latest")
      return &model;
  }
  return nullptr;
}

Result<Offered> ask_offered(Transport& transport, const Endpoint& endpoint, const Key& key,
                            std::stop_token stop, const HttpTimeouts& timeouts) {
  TRY_ASSIGN(const HttpAnswer answer,
             get(transport, endpoint, key, list_path(endpoint.provider), stop, timeouts));
  Offered offered;
  offered.dialect = dialect_of(endpoint, Json::array());
  if (answer.status == 401 || answer.status == 403 || (answer.status / 100 == 3))
    return std::unexpected(error_of_answer(answer, blame_of(endpoint, key), base::Clock::system().unix_ms()));
  const auto json = answer.good() ? base::parse_json(answer.body) : Result<Json>(Json());
  if (!json || !json->is_object()) return offered;
  const Json* entries = base::member_at(*json, endpoint.provider == Provider::kOllama ? "models" : "data");
  if (entries == nullptr || !entries->is_array()) return offered;
  offered.listed = true;
  offered.dialect = dialect_of(endpoint, *entries);
  for (const Json& entry : *entries) {
    if (offered.models.size() >= kMostOffered) break;
    OfferedModel model = offered_model(entry);
    if (!model.name.empty()) offered.models.push_back(std::move(model));
  }
  return offered;
}

Result<bool> ask_known(Transport& transport, const Endpoint& endpoint, const Key& key, std::stop_token stop) {
  const std::string path = endpoint.provider == Provider::kAnthropic ? "/v1/models/" : "/models/";
  TRY_ASSIGN(const HttpAnswer answer,
             get(transport, endpoint, key, path + endpoint.model, stop, kAskTimeouts));
  return answer.status != 404;
}

}  // namespace duologue::model::http
