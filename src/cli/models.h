// `duologue models`: which models are here, fetching known ones, naming files.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_models(Command root, CommandContext& context);

}  // namespace duologue::cli
