// The GPUs that this build can use here. A build for the processor alone (`make build`) has none; one for a
// GPU (`make build GPU=cuda`) puts models there unless it is told otherwise. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace duologue::model::llama {

struct Gpu {
  std::string name;               // "NVIDIA H100 80GB HBM3"
  std::uint64_t free_bytes = 0;   // now
  std::uint64_t total_bytes = 0;  // 0: unknown
};

// In llama.cpp's order; a model is spread over all of them. Empty: models run on the processor.
std::vector<Gpu> gpus();

// Whether a model of which so many layers shall be on a GPU (0: none, -1: all) has any there. What a GPU
// computes for a conversation depends on which others are decoded beside it (seen on an H200): level exact
// isn't kept there.
bool runs_on_gpu(std::int32_t gpu_layers);

// How many of a model's layers the user wants on the GPU ($DUOLOGUE_GPU_LAYERS): -1 all, the default; 0
// leaves the GPU out; fewer than all for a model that doesn't fit. kUsage: not a number.
base::Result<std::int32_t> wanted_gpu_layers();

}  // namespace duologue::model::llama
