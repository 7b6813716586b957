// How a subcommand registers: one file cli/NAME.cc defines `void add_NAME(CLI::App&, CommandContext&)`,
// declares it in cli/NAME.h, and is listed once in cli/commands.cc. It calls add_command, adds its options to
// the App that comes back (bound to a struct that a shared_ptr keeps alive in the lambda), and does its work
// in `run`, which is called after the whole command line has been understood. Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace duologue::cli {

// What a command does. An error becomes one line on standard error and cli/exit_code.h's status: print
// neither yourself.
using RunCommand = std::function<base::Result<ExitCode>()>;

struct CommandContext {
  Output out{stdout};
  Output err{stderr};  // for questions and progress, never for errors
  RunCommand chosen;   // of the subcommand that was given
};

struct CommandWords {
  std::string name;
  std::string description;  // one line, no full stop
  std::string example;      // one line, or several
};

// `app` may be a command itself: `models pull`.
CLI::App* add_command(CLI::App& app, CommandContext& context, const CommandWords& words, RunCommand run);

// `--flag VALUE`, once or many times, one value each: never swallows the next positional. For [NAME=]VALUE
// flags.
CLI::Option* add_list_option(CLI::App* command, const std::string& flag, std::vector<std::string>& values,
                             const std::string& description);

}  // namespace duologue::cli
