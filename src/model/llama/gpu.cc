#include "model/llama/gpu.h"

#include <charconv>

#include <fmt/format.h>
#include <ggml-backend.h>
#include <llama.h>

#include "base/paths.h"
#include "model/llama/backend.h"

namespace duologue::model::llama {

std::vector<Gpu> gpus() {
  start_backend();
  std::vector<Gpu> found;
  for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
    ggml_backend_dev_t device = ggml_backend_dev_get(i);
    const auto type = ggml_backend_dev_type(device);
    if (type != GGML_BACKEND_DEVICE_TYPE_GPU && type != GGML_BACKEND_DEVICE_TYPE_IGPU) continue;
    std::size_t free = 0;
    std::size_t total = 0;
    ggml_backend_dev_memory(device, &free, &total);
    found.push_back({ggml_backend_dev_description(device), free, total});
  }
  return found;
}

bool runs_on_gpu(std::int32_t gpu_layers) {
  start_backend();
  return gpu_layers != 0 && llama_supports_gpu_offload();
}

base::Result<std::int32_t> wanted_gpu_layers() {
  const auto given = base::environment("DUOLOGUE_GPU_LAYERS");
  if (!given || given->empty()) return -1;
  std::int32_t layers = 0;
  const char* end = given->data() + given->size();
  const auto read = std::from_chars(given->data(), end, layers);
  if (read.ec != std::errc() || read.ptr != end || layers < -1) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("DUOLOGUE_GPU_LAYERS={}: give the number of layers that the GPU shall hold; 0 "
                    "leaves it out, -1 is all",
                    *given));
  }
  return layers;
}

}  // namespace duologue::model::llama
