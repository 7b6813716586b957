// Tries on this machine what level `exact` rests on: that a model's logits are the same, bit by bit, however
// a conversation's KV cache came about and whoever is decoded beside it. On the processor: a GPU keeps no
// level exact. For `duologue doctor`. Any thread; seconds for small weights.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/llama/llama_options.h"

namespace duologue::model {

struct DeterminismProbe {
  std::string what;           // "single tokens beside 15 others", as a row of a table
  bool equal = false;         // every bit of every logit that was compared
  double max_difference = 0;  // between logits; 0 where equal
  bool needed = false;        // level exact needs it; the others show what only `seeded` may do
};

struct DeterminismReport {
  std::vector<DeterminismProbe> probes;
  bool exact_holds = false;          // all that are needed are equal
  bool joins_conversations = false;  // at level exact; false: conversations take turns (llama_model.h)
  double seconds = 0;
};

// `options` as for open_llama; context and sequences are the check's own. Errors as there.
base::Result<DeterminismReport> check_determinism(const LlamaOptions& options,
                                                  const std::function<void(double done)>& on_progress = {},
                                                  std::stop_token stop = {});

}  // namespace duologue::model
