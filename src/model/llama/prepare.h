// What the engine makes of known weights once, so that it can run them: SmolLM2 in a faster type, MiniLM as a
// GGUF. Any thread.
#pragma once

#include <string>

#include "base/result.h"
#include "model/weights.h"

namespace duologue::model::llama {

// Writes `target` from the weights' files in `folder`, whole or not at all. kNotFound, kBadInput, kModel,
// kIo.
base::Status prepare_weights(const KnownWeights& weights, const std::string& folder,
                             const std::string& target);

}  // namespace duologue::model::llama
