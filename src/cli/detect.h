// `duologue detect`: what happened in conversations.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_detect(Command root, CommandContext& context);

}  // namespace duologue::cli
