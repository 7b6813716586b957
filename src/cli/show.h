// `duologue show`: reads a conversation: all of it, as one participant sees it, or what one turn was made
// from.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_show(Command root, CommandContext& context);

}  // namespace duologue::cli
