#include "cli/command.h"

#include <CLI/CLI.hpp>

namespace duologue::cli {

CLI::App* add_command(CLI::App& app, CommandContext& context, const CommandWords& words, RunCommand run) {
  CLI::App* command = app.add_subcommand(words.name, words.description);
  command->footer("Example:\n  " + words.example);
  // A subcommand of this one is understood first: it stays the chosen one.
  command->callback([&context, run = std::move(run)] {
    if (!context.chosen) context.chosen = run;
  });
  return command;
}

CLI::Option* add_list_option(CLI::App* command, const std::string& flag, std::vector<std::string>& values,
                             const std::string& description) {
  return command->add_option(flag, values, description)->allow_extra_args(false);
}

}  // namespace duologue::cli
