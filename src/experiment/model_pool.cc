#include "experiment/model_pool.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "experiment/open_llama.h"
#include "model/http/curl_transport.h"
#include "model/http/endpoint.h"
#include "model/http/open_http.h"
#include "model/retrying_model.h"
#include "model/scripted/scripted_model.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

// What one model is needed for.
struct Need {
  std::uint32_t sides = 0;  // of one conversation
  bool chat = false;        // somebody talks through its chat template
  std::vector<chat::Sampling> sampling;
};

std::map<std::string, Need> needs_of(const ExperimentSpec& spec) {
  std::map<std::string, Need> needs;
  for (const ConversationForm* form : forms_of(spec)) {
    std::map<std::string, Need> here;
    for (const ParticipantSpec& participant : form->participants) {
      Need& need = here[participant.model];
      ++need.sides;
      need.sampling.push_back(participant.sampling);
      need.chat = need.chat || !participant.raw_prompt;
    }
    for (const engine::Instruction& one : form->moderators) {
      if (one.deed != engine::Deed::kModel) continue;
      Need& need = here[one.text];
      const auto seat = std::ranges::find(form->participants, one.who, &ParticipantSpec::name);
      ++need.sides;
      if (seat != form->participants.end()) need.sampling.push_back(seat->sampling);
      need.chat = need.chat || seat == form->participants.end() || !seat->raw_prompt;
    }
    for (const auto& [name, need] : here) {
      needs[name].sides = std::max(needs[name].sides, need.sides);
      needs[name].chat = needs[name].chat || need.chat;
      std::ranges::copy(need.sampling, std::back_inserter(needs[name].sampling));
    }
  }
  return needs;
}

// What holds for each key: where a provider is asked, by which its key is found too.
using KeyRates = std::map<std::string, std::shared_ptr<model::RateLimiter>>;

model::RateLimits limits_of(const model::http::Endpoint& endpoint, const ExperimentSpec& spec,
                            const PoolOptions& options) {
  if (spec.rate_limits != model::RateLimits{}) return spec.rate_limits;
  const auto key = model::http::key_of(endpoint, options.env);
  const auto found = key ? options.key_rates.find(key->name) : options.key_rates.end();
  return found == options.key_rates.end() ? model::RateLimits{} : found->second;
}

// A provider's model, tried again where it fails and asked no faster than its key may be.
Result<std::shared_ptr<model::Model>> open_provider(const model::ResolvedModel& resolved, const Need& need,
                                                    const ExperimentSpec& spec, const PoolOptions& options,
                                                    KeyRates& rates) {
  TRY_ASSIGN(const model::http::Endpoint endpoint, model::http::endpoint_of(resolved.resolved, options.env));
  TRY_ASSIGN(auto model, model::http::open_http(
                             {.name = resolved.name,
                              .resolved = resolved.resolved,
                              .context_tokens = spec.context_tokens,
                              .sampling = need.sampling,
                              .transport = options.transport ? options.transport : model::http::network(),
                              .timeouts = spec.timeouts,
                              .prices = options.prices ? options.prices.get() : &model::PriceList::built_in(),
                              .say = options.say,
                              .stop = options.stop,
                              .env = options.env}));
  std::shared_ptr<model::RateLimiter>& limiter = rates[endpoint.base_url];
  if (!limiter) limiter = std::make_shared<model::RateLimiter>(limits_of(endpoint, spec, options));
  return model::make_retrying(std::move(model), spec.retry, limiter);
}

Result<std::shared_ptr<model::Model>> open_one(const model::Catalog& catalog, const std::string& name,
                                               const Need& need, const ExperimentSpec& spec,
                                               const PoolOptions& options, KeyRates& rates) {
  TRY_ASSIGN(model::ResolvedModel resolved, catalog.resolve(name));
  if (resolved.base_model && need.chat) {
    return fail(ErrorKind::kUsage,
                fmt::format("{} is a base model without a chat template; use raw prompting "
                            "(`prompting: raw` in a spec, `--raw` of talk)",
                            name));
  }
  TRY_ASSIGN(resolved, catalog.get(resolved, {options.may_fetch, options.say, options.stop}));
  if (options.say) options.say(model::describe(resolved));
  if (resolved.kind == model::ModelKind::kScripted) return model::open_scripted(name, resolved.path);
  if (resolved.kind == model::ModelKind::kHttp) return open_provider(resolved, need, spec, options, rates);
  TRY_ASSIGN(auto model, open_llama(resolved, {.sides = std::uint64_t{options.conversations} * need.sides,
                                               .context_tokens = spec.context_tokens,
                                               .determinism = spec.determinism,
                                               .listener_stats = spec.listener_stats,
                                               .on_loading = options.on_loading,
                                               .stop = options.stop}));
  if (options.say && model->info().determinism != spec.determinism) {
    options.say(fmt::format(
        "{} runs on the GPU, which keeps no level {}: recorded as {} (DUOLOGUE_GPU_LAYERS=0 keeps "
        "it on the processor)",
        name, model::to_string(spec.determinism), model::to_string(model->info().determinism)));
  }
  return model;
}

}  // namespace

ModelPool::ModelPool(std::map<std::string, std::shared_ptr<model::Model>> models)
    : models_(std::move(models)) {}

Result<ModelPool> ModelPool::open(const ExperimentSpec& spec, const PoolOptions& options) {
  if (options.catalog == nullptr) return fail(ErrorKind::kInternal, "no catalog to look models up in");
  ModelPool pool;
  KeyRates rates;
  for (const auto& [name, need] : needs_of(spec)) {
    TRY_ASSIGN(pool.models_[name], open_one(*options.catalog, name, need, spec, options, rates));
  }
  return pool;
}

Result<std::shared_ptr<model::Model>> ModelPool::find(const std::string& name) const {
  const auto found = models_.find(name);
  if (found == models_.end()) return fail(ErrorKind::kNotFound, fmt::format("the model {} isn't open", name));
  return found->second;
}

model::Determinism ModelPool::determinism() const {
  model::Determinism lowest = model::Determinism::kExact;
  for (const auto& [name, model] : models_) lowest = std::max(lowest, model->info().determinism);
  return lowest;
}

}  // namespace duologue::experiment
