#include "experiment/open_llama.h"

#include <fmt/format.h>

namespace duologue::experiment {

base::Result<std::shared_ptr<model::Model>> open_llama(const model::ResolvedModel& resolved,
                                                       const LlamaNeed&) {
  return base::fail(
      base::ErrorKind::kUsage,
      fmt::format("{} needs the in-process engine, which this build lacks; build with `make build`",
                  resolved.name));
}

}  // namespace duologue::experiment
