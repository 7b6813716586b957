// The user's list of prices, in the configuration folder. Main thread.
#pragma once

#include <string>

#include "base/result.h"
#include "model/price_list.h"

namespace duologue::cli {

// $XDG_CONFIG_HOME/duologue/prices.yaml, ~/.config/duologue/prices.yaml. Empty without a HOME.
std::string price_file();

// The user's prices before the program's own. kUsage with file and line.
base::Result<model::PriceList> user_prices();

}  // namespace duologue::cli
