#include "experiment/seating.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/instruction.h"
#include "model/text_tools.h"

namespace duologue::experiment {

namespace {

// The model as that seat needs it.
base::Result<std::shared_ptr<model::Model>> fit(std::shared_ptr<model::Model> model,
                                                const ParticipantSpec& seat) {
  if (!seat.tools.empty()) model = model::with_text_tools(std::move(model));
  const model::ModelInfo& info = model->info();
  if (!seat.prefill.empty() && !info.prefill) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("{} can't begin its turns with given words; leave {}'s prefill out, or take "
                    "another model",
                    info.name, seat.name));
  }
  if (seat.plays_user && !info.user_role) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("{} only ever answers as the assistant; leave `plays: user` of {} out and say "
                    "it in the system prompt, or take a model that runs in process",
                    info.name, seat.name));
  }
  return model;
}

}  // namespace

base::Result<engine::ConversationSpec> conversation_spec(const ExperimentSpec& spec, const Trial& trial,
                                                         const ModelPool& models) {
  const ConversationForm& form = form_of(spec, trial.id);
  engine::ConversationSpec seated;
  for (const ParticipantSpec& from : form.participants) {
    engine::Participant participant;
    TRY_ASSIGN(participant.model, models.find(from.model));
    TRY_ASSIGN(participant.model, fit(participant.model, from));
    participant.name = from.name;
    participant.system_prompt = from.system_prompt;
    participant.sampling = from.sampling;
    participant.memory = from.memory;
    participant.reasoning = from.reasoning;
    participant.raw_prompt = from.raw_prompt;
    participant.tools = from.tools;
    participant.prefill = from.prefill;
    participant.plays_user = from.plays_user;
    seated.participants.push_back(std::move(participant));
  }
  for (const engine::Instruction& one : form.moderators) {  // said now rather than in the middle
    if (one.deed != engine::Deed::kModel) continue;
    TRY_ASSIGN(auto model, models.find(one.text));
    TRY(fit(std::move(model), *std::ranges::find(form.participants, one.who, &ParticipantSpec::name)));
  }
  seated.order = form.order;
  seated.model_for = [models, seats = form.participants](chat::ParticipantId id, const std::string& name) {
    auto found = models.find(name);
    if (found) found = fit(std::move(*found), seats[id]);
    return found ? *found : nullptr;
  };
  seated.opening = spec.openings[trial.opening];
  seated.opening_to_all = spec.opening_to_all;
  seated.seed = spec.seed;
  seated.trial = trial.id;
  seated.listener_stats = spec.listener_stats;
  return seated;
}

std::vector<std::unique_ptr<engine::StopCondition>> stop_conditions(const ExperimentSpec& spec,
                                                                    const Trial& trial) {
  std::vector<std::unique_ptr<engine::StopCondition>> conditions;
  if (spec.turns > 0) conditions.push_back(engine::stop_after_turns(spec.turns));
  const StopSpec& stop = form_of(spec, trial.id).stop;
  if (stop.same_text > 0) conditions.push_back(engine::stop_on_same_text(stop.same_text));
  for (const std::string& label : stop.detected) conditions.push_back(engine::stop_on_detection(label));
  if (stop.tokens > 0) conditions.push_back(engine::stop_on_tokens(stop.tokens));
  if (stop.usd > 0) conditions.push_back(engine::stop_on_cost(stop.usd));
  if (stop.time_ms > 0) conditions.push_back(engine::stop_on_time(std::chrono::milliseconds(stop.time_ms)));
  return conditions;
}

std::vector<std::unique_ptr<engine::Moderator>> moderators_of(const ExperimentSpec& spec, const Trial& trial,
                                                              const engine::ConversationSpec& seated) {
  std::vector<std::unique_ptr<engine::Moderator>> all;
  for (const engine::Instruction& one : form_of(spec, trial.id).moderators) {
    all.push_back(std::make_unique<engine::InstructedModerator>(one, seated.participants));
  }
  return all;
}

store::TrialRow trial_row(const ExperimentSpec& spec, const Trial& trial,
                          const engine::ConversationSpec& seated) {
  store::TrialRow row;
  row.id = trial.id;
  row.opening = seated.opening;
  row.repeat = trial.repeat;
  for (std::size_t i = 0; i < seated.participants.size(); ++i) {
    const engine::Participant& from = seated.participants[i];
    const model::ModelInfo& info = from.model->info();
    row.participants.push_back({from.name, form_of(spec, trial.id).participants[i].model, info.resolved,
                                info.identity, from.system_prompt, from.memory, from.reasoning,
                                from.raw_prompt, from.sampling});
  }
  return row;
}

}  // namespace duologue::experiment
