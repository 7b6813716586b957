// Weights to Q8_0, the type that SmolLM2's kernels are fastest in at no loss worth naming. Any thread.
#pragma once

#include <string>

#include "base/result.h"

namespace duologue::model::llama {

// Writes `target` whole or not at all: to a file beside it first, then renamed. kNotFound, kBadInput (no GGUF
// that can be requantised), kIo. Under a second for 135M parameters.
base::Status quantize_q8_0(const std::string& source, const std::string& target);

}  // namespace duologue::model::llama
