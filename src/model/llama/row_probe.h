// Whether this machine multiplies a model's weights with several tokens at once exactly as with each alone.
// llama.cpp does so for most quantised types; for F16, F32 and BF16 a faster kernel takes over from two
// tokens on, which rounds differently. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace duologue::model::llama {

// Tries every type and width of the GGUF's weight matrices on random numbers, bit by bit: tens of
// milliseconds. kModel: the file can't be read.
base::Result<bool> rows_are_independent(const std::string& path);

}  // namespace duologue::model::llama
