// The command line from end to end: understands the words, runs the one subcommand they name, and turns what
// comes back into the exit status and at most one line on standard error. Main thread, once.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace duologue::cli {

// `words` without the program's name.
ExitCode run_application(const std::vector<std::string>& words, CommandContext& context);

// The version with its build, as --version prints it.
std::string version_line();

}  // namespace duologue::cli
