// The data file of prices, as the build writes it into the program (cmake/prices.cmake). Constants.
#pragma once

namespace duologue::model {

extern const char* const kPricesYaml;  // model/data/prices.yaml

}  // namespace duologue::model
