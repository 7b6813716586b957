// `duologue tools`: how often the tools of an experiment were called, named and refused.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_tools(Command root, CommandContext& context);

}  // namespace duologue::cli
