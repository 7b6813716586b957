// Opens a GGUF in process, sized for an experiment; in a build without the engine, the error that says so.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "model/catalog.h"
#include "model/model.h"

namespace duologue::experiment {

struct LlamaNeed {
  std::uint64_t sides = 1;           // conversation sides that speak with it at once
  std::uint32_t context_tokens = 0;  // 0: the model's own, at most 8192
  model::Determinism determinism = model::Determinism::kExact;
  bool listener_stats = true;
  std::function<void(std::string_view model, double done)> on_loading;
  std::stop_token stop;
};

// kUsage in a build without the engine; kBadInput, kModel, kIo, kCancelled.
base::Result<std::shared_ptr<model::Model>> open_llama(const model::ResolvedModel& resolved,
                                                       const LlamaNeed& need);

}  // namespace duologue::experiment
