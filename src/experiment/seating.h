// A spec, a trial and the open models become a conversation: the one place that does it, so that a
// conversation that is continued, alone or in an experiment, is built exactly as it was begun. Pure but for
// sharing the models.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/conversation.h"
#include "engine/moderator.h"
#include "engine/stop_condition.h"
#include "experiment/model_pool.h"
#include "experiment/spec.h"
#include "store/values.h"

namespace duologue::experiment {

// kNotFound where the pool lacks a model; kUsage where a model can't do what its seat asks.
base::Result<engine::ConversationSpec> conversation_spec(const ExperimentSpec& spec, const Trial& trial,
                                                         const ModelPool& models);

std::vector<std::unique_ptr<engine::StopCondition>> stop_conditions(const ExperimentSpec& spec,
                                                                    const Trial& trial);

// The trial's moderators by file.
std::vector<std::unique_ptr<engine::Moderator>> moderators_of(const ExperimentSpec& spec, const Trial& trial,
                                                              const engine::ConversationSpec& seated);

// The trial as the file keeps it. `seated` is its conversation_spec.
store::TrialRow trial_row(const ExperimentSpec& spec, const Trial& trial,
                          const engine::ConversationSpec& seated);

}  // namespace duologue::experiment
