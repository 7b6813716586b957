// `duologue export`: a recording in formats that other tools read.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_export(Command root, CommandContext& context);

}  // namespace duologue::cli
