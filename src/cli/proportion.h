// A share with its interval, for tables and JSON: Wilson's, at 95 %. Pure.
#pragma once

#include <string>

#include "base/json.h"
#include "measure/statistics/rates.h"

namespace duologue::cli {

// {unit: successes, "of": trials, "share", "interval": [low, high]}; share and interval null of nothing.
base::Json proportion_json(const measure::Proportion& proportion, const char* unit = "turns");

// "7 of 9, 78 % [45..94]", or "-".
std::string proportion_text(const measure::Proportion& proportion);

}  // namespace duologue::cli
