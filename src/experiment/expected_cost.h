// What an experiment costs at most, before it runs. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "experiment/spec.h"
#include "model/price.h"

namespace duologue::experiment {

// The most tokens that all answers of all arms can take. 0 where the conversations have no limit of turns.
std::uint64_t most_answer_tokens(const ExperimentSpec& spec);

// In US dollars, all arms together: every answer as long as max_tokens lets it be, every prompt read anew (no
// provider's cache helps), four bytes of a prompt's own text a token; a participant that is handed over costs
// what its dearest model does from the start. `prices`: by the models' names, as the spec has them; one
// without has no part in it. Empty: nobody has a price, or the conversations have no limit of turns.
std::optional<double> most_it_costs(const ExperimentSpec& spec,
                                    const std::map<std::string, model::Price>& prices);

}  // namespace duologue::experiment
