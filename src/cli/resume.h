// `duologue resume`: goes on where a recording stopped, or makes a finished talk longer.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_resume(Command root, CommandContext& context);

}  // namespace duologue::cli
