// Many comparisons: p values made larger for how many of them were looked at. Pure; any thread.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"

namespace duologue::measure {

// Adjusted p values in the order given, each to be held against the level itself. kBadInput where one isn't
// in [0, 1].

// Holm 1979: the chance of even one false finding stays under the level. For what is to be confirmed.
base::Result<std::vector<double>> holm(std::span<const double> p_values);

// Benjamini & Hochberg 1995: of the findings, the expected share of false ones stays under the level, where
// the tests are independent or positively dependent. For screening.
base::Result<std::vector<double>> benjamini_hochberg(std::span<const double> p_values);

}  // namespace duologue::measure
