// `duologue talk`: one conversation, live.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_talk(Command root, CommandContext& context);

}  // namespace duologue::cli
