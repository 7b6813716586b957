#include "experiment/seating.h"

#include <utility>

namespace duologue::experiment {

base::Result<engine::ConversationSpec> conversation_spec(const ExperimentSpec& spec, const Trial& trial,
                                                         const ModelPool& models) {
  engine::ConversationSpec seated;
  for (const ParticipantSpec& from : spec.participants) {
    engine::Participant participant;
    TRY_ASSIGN(participant.model, models.find(from.model));
    participant.name = from.name;
    participant.system_prompt = from.system_prompt;
    participant.sampling = from.sampling;
    participant.memory = from.memory;
    participant.reasoning = from.reasoning;
    participant.raw_prompt = from.raw_prompt;
    seated.participants.push_back(std::move(participant));
  }
  seated.opening = spec.openings[trial.opening];
  seated.opening_to_all = spec.opening_to_all;
  seated.seed = spec.seed;
  seated.trial = trial.id;
  seated.listener_stats = spec.listener_stats;
  return seated;
}

std::vector<std::unique_ptr<engine::StopCondition>> stop_conditions(const ExperimentSpec& spec) {
  std::vector<std::unique_ptr<engine::StopCondition>> conditions;
  if (spec.turns > 0) conditions.push_back(engine::stop_after_turns(spec.turns));
  const StopSpec& stop = spec.stop;
  if (stop.same_text > 0) conditions.push_back(engine::stop_on_same_text(stop.same_text));
  for (const std::string& label : stop.detected) conditions.push_back(engine::stop_on_detection(label));
  if (stop.tokens > 0) conditions.push_back(engine::stop_on_tokens(stop.tokens));
  if (stop.usd > 0) conditions.push_back(engine::stop_on_cost(stop.usd));
  if (stop.time_ms > 0) conditions.push_back(engine::stop_on_time(std::chrono::milliseconds(stop.time_ms)));
  return conditions;
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
    row.participants.push_back({from.name, spec.participants[i].model, info.resolved, info.identity,
                                from.system_prompt, from.memory, from.reasoning, from.raw_prompt,
                                from.sampling});
  }
  return row;
}

}  // namespace duologue::experiment
