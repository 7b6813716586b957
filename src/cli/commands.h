// The subcommands that this build has. A new one: its add_NAME here, and one line in commands.cc.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

// In the order in which --help lists them.
void add_all_commands(Command root, CommandContext& context);

}  // namespace duologue::cli
