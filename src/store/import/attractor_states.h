// The attractor-states harness's JSON Lines: a line {"type": "config", model_a, model_b, system_a, system_b,
// seed, tools?}, then lines {"type": "turn", turn, label: "Model A" | "Model B", model, response,
// tool_attempts: [{tool, reason}], interjected}. Another config line begins another conversation.
//
// `turn` counts rounds from 0 there (two lines share a number); here every line with a text is a turn of its
// own, and the models are those of the config line. A turn that only called tools has a bracketed sentence of
// the harness as its response: it is read as a turn without words, and the sentence is kept as a note. A call
// has no result: the harness never gave one.
#pragma once

#include "store/import/log_reader.h"

namespace duologue::store {

extern const LineFormat kAttractorStates;

}  // namespace duologue::store
