// `duologue measure`: every series of every turn.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_measure(Command root, CommandContext& context);

}  // namespace duologue::cli
