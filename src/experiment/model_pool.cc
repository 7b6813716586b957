#include "experiment/model_pool.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "experiment/open_llama.h"
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
};

std::map<std::string, Need> needs_of(const ExperimentSpec& spec) {
  std::map<std::string, Need> needs;
  for (const ConversationForm* form : forms_of(spec)) {
    std::map<std::string, Need> here;
    for (const ParticipantSpec& participant : form->participants) {
      Need& need = here[participant.model];
      ++need.sides;
      need.chat = need.chat || !participant.raw_prompt;
    }
    for (const engine::Instruction& one : form->moderators) {
      if (one.deed != engine::Deed::kModel) continue;
      Need& need = here[one.text];
      const auto seat = std::ranges::find(form->participants, one.who, &ParticipantSpec::name);
      ++need.sides;
      need.chat = need.chat || seat == form->participants.end() || !seat->raw_prompt;
    }
    for (const auto& [name, need] : here) {
      needs[name].sides = std::max(needs[name].sides, need.sides);
      needs[name].chat = needs[name].chat || need.chat;
    }
  }
  return needs;
}

Result<std::shared_ptr<model::Model>> open_one(const model::Catalog& catalog, const std::string& name,
                                               const Need& need, const ExperimentSpec& spec,
                                               const PoolOptions& options) {
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
  return open_llama(resolved, {.sides = std::uint64_t{options.conversations} * need.sides,
                               .context_tokens = spec.context_tokens,
                               .determinism = spec.determinism,
                               .listener_stats = spec.listener_stats,
                               .on_loading = options.on_loading,
                               .stop = options.stop});
}

}  // namespace

ModelPool::ModelPool(std::map<std::string, std::shared_ptr<model::Model>> models)
    : models_(std::move(models)) {}

Result<ModelPool> ModelPool::open(const ExperimentSpec& spec, const PoolOptions& options) {
  if (options.catalog == nullptr) return fail(ErrorKind::kInternal, "no catalog to look models up in");
  ModelPool pool;
  for (const auto& [name, need] : needs_of(spec)) {
    TRY_ASSIGN(pool.models_[name], open_one(*options.catalog, name, need, spec, options));
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
