// `duologue list`: the conversations of a recording at a glance.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_list(Command root, CommandContext& context);

}  // namespace duologue::cli
