// Names that the user gave to models: those that `models add` keeps in the configuration folder, one `NAME =
// MODEL` a line, `#` for remarks; and under them the configuration file's. Main thread.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "model/catalog.h"

namespace duologue::cli {

// $XDG_CONFIG_HOME/duologue/models, ~/.config/duologue/models. Empty without a HOME.
std::string alias_file();

// kUsage with file and line. No file: no aliases.
base::Result<std::map<std::string, std::string>> read_aliases(const std::string& file);

// Adds or replaces one. Remarks stay. kIo, kUsage.
base::Status write_alias(const std::string& file, const std::string& name, const std::string& model);

// Where this user's models are looked for on this machine, aliases included; a file of aliases that can't be
// read counts as none (doctor tells).
model::CatalogPlaces user_places();
const model::Catalog& user_catalog();

}  // namespace duologue::cli
