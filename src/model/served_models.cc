#include "model/served_models.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "model/http/endpoint.h"
#include "model/http/offered.h"
#include "model/http/url.h"

namespace duologue::model {

namespace {

constexpr http::HttpTimeouts kImpatient{std::chrono::milliseconds(1'000), std::chrono::milliseconds(2'000),
                                        std::chrono::milliseconds(3'000)};

}  // namespace

std::vector<CatalogRow> served_models(http::Transport& transport, std::stop_token stop,
                                      const base::Environment& env) {
  std::vector<CatalogRow> rows;
  for (const http::Provider provider : {http::Provider::kOllama, http::Provider::kOpenAi}) {
    if (provider == http::Provider::kOpenAi && !env("OPENAI_BASE_URL")) continue;
    auto endpoint = http::endpoint_of(std::string(http::prefix_of(provider)) + "any", env);
    if (!endpoint) continue;
    const auto key = http::key_of(*endpoint, env);
    if (!key) continue;
    const auto offered = http::ask_offered(transport, *endpoint, *key, stop, kImpatient);
    if (!offered) continue;
    for (const http::OfferedModel& model : offered->models) {
      rows.push_back({.name = std::string(http::prefix_of(provider)) + model.name,
                      .source = CatalogRow::Source::kServer,
                      .about = "offered by " + http::origin_of(endpoint->base_url),
                      .path = {},
                      .present = true,
                      .bytes = model.bytes});
    }
  }
  return rows;
}

}  // namespace duologue::model
