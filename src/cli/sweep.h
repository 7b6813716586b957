// `duologue sweep`: how a verdict depends on its threshold and its hold.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_sweep(Command root, CommandContext& context);

}  // namespace duologue::cli
