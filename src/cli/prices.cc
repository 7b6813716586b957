#include "cli/prices.h"

#include <filesystem>

#include "cli/aliases.h"

namespace duologue::cli {

std::string price_file() {
  const std::filesystem::path aliases = alias_file();  // they share the folder
  return aliases.empty() ? "" : (aliases.parent_path() / "prices.yaml").string();
}

base::Result<model::PriceList> user_prices() { return model::PriceList::with_file(price_file()); }

}  // namespace duologue::cli
