// How a subcommand registers: one file cli/NAME.cc defines `void add_NAME(Command&, CommandContext&)`,
// declares it in cli/NAME.h, and is listed once in cli/commands.cc. It calls add_command, adds its flags to
// the Command that comes back (bound to a struct that a shared_ptr keeps alive in the lambda), and does its
// work in `run`, which is called after the whole command line has been understood. CLI11 stays behind this
// door: its header costs every file that reads it seconds of compiling. Main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace CLI {
class App;
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

// A command's flags and arguments. A handle: copy it freely. What a target holds before is its default.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  // `command` may be one itself: `models pull`. Then it needs none of those below it to run.
  Command add_command(CommandContext& context, const CommandWords& words, RunCommand run);

  // Without a dash, by its place. The first kind must be given.
  void argument(const std::string& name, std::string& target, const std::string& description);
  void optional_argument(const std::string& name, std::string& target, const std::string& description);
  void arguments(const std::string& name, std::vector<std::string>& targets, const std::string& description);

  // `--flag VALUE`; names with commas between them: "-o,--output". A number's default is shown.
  void option(const std::string& names, std::string& target, const std::string& description);
  void option(const std::string& names, std::uint32_t& target, const std::string& description);
  // `--flag VALUE`, once or many times, one value each: never swallows the next positional. For [NAME=]VALUE.
  void options(const std::string& names, std::vector<std::string>& targets, const std::string& description);
  void flag(const std::string& names, bool& target, const std::string& description);

  // Understood, but not in --help: what a later version brings, or what was asked for already.
  void hidden_option(const std::string& names, std::string& target);
  void hidden_flag(const std::string& names, bool& target);

 private:
  CLI::App* app_;
};

}  // namespace duologue::cli
