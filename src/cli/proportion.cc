#include "cli/proportion.h"

#include <fmt/format.h>

namespace duologue::cli {

base::Json proportion_json(const measure::Proportion& proportion, const char* unit) {
  base::Json json = {{unit, proportion.successes()}, {"of", proportion.trials()}};
  json["share"] = proportion.rate() ? base::Json(*proportion.rate()) : base::Json(nullptr);
  json["interval"] = nullptr;
  if (const auto interval = measure::wilson_interval(proportion))
    json["interval"] = {interval->low, interval->high};
  return json;
}

std::string proportion_text(const measure::Proportion& proportion) {
  const auto interval = measure::wilson_interval(proportion);
  if (!proportion.rate() || !interval) return "-";
  return fmt::format("{} of {}, {:.0f} % [{:.0f}..{:.0f}]", proportion.successes(), proportion.trials(),
                     100 * *proportion.rate(), 100 * interval->low, 100 * interval->high);
}

}  // namespace duologue::cli
