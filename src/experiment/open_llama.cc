#include "experiment/open_llama.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/weights.h"
#if defined(DUOLOGUE_WITH_LLAMA)
#include "model/llama/gpu.h"
#include "model/llama/llama_model.h"
#endif

namespace duologue::experiment {

using base::Result;

#if defined(DUOLOGUE_WITH_LLAMA)

Result<std::shared_ptr<model::Model>> open_llama(const model::ResolvedModel& resolved,
                                                 const LlamaNeed& need) {
  constexpr std::uint64_t kMostSequences = 256;  // llama.cpp's own limit
  model::LlamaOptions options;
  options.path = resolved.path;
  options.name = resolved.name;
  options.identity =
      resolved.expected_sha256.empty() ? model::sidecar_sha256(resolved.path) : resolved.expected_sha256;
  options.context_tokens = need.context_tokens;
  options.max_sequences =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(need.sides, 1, kMostSequences));
  options.determinism = need.determinism;
  options.listener_stats = need.listener_stats;
  TRY_ASSIGN(options.gpu_layers, model::llama::wanted_gpu_layers());
  std::function<void(double)> on_progress;
  if (need.on_loading) on_progress = [&](double done) { need.on_loading(resolved.name, done); };
  TRY_ASSIGN(std::shared_ptr<model::LlamaModel> model, model::open_llama(options, on_progress, need.stop));
  return model;
}

#else

Result<std::shared_ptr<model::Model>> open_llama(const model::ResolvedModel& resolved,
                                                 const LlamaNeed& /*need*/) {
  return base::fail(
      base::ErrorKind::kUsage,
      fmt::format("{} needs the in-process engine, which this build lacks; build with `make build`",
                  resolved.name));
}

#endif

}  // namespace duologue::experiment
