// `duologue import`: conversations that other tools have logged, as a recording.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_import(Command root, CommandContext& context);

}  // namespace duologue::cli
