// `duologue run SPEC.yaml`: an experiment, recorded in one file.
#pragma once

#include "cli/command.h"

namespace duologue::cli {

void add_run(Command root, CommandContext& context);

}  // namespace duologue::cli
