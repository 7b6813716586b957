// What an experiment costs at most, before it runs. Pure.
#pragma once

#include <optional>
#include <span>

#include "experiment/spec.h"
#include "model/price.h"

namespace duologue::experiment {

// In US dollars: every answer as long as max_tokens lets it be, every prompt read anew (no provider's cache
// helps), four bytes of a prompt's own text a token. `prices` are the participants'; one without has no part
// in it. Empty: nobody has a price, or the conversations have no limit of turns.
std::optional<double> most_it_costs(const ExperimentSpec& spec,
                                    std::span<const std::optional<model::Price>> prices);

}  // namespace duologue::experiment
