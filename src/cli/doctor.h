// `duologue doctor`: what works on this machine, with the mend for each thing that doesn't.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_doctor(Command root, CommandContext& context);

}  // namespace duologue::cli
