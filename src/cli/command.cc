#include "cli/command.h"

#include <CLI/CLI.hpp>

namespace duologue::cli {
namespace {

constexpr const char* kHidden = "";  // CLI11's group that --help leaves out

}  // namespace

Command Command::add_command(CommandContext& context, const CommandWords& words, RunCommand run) {
  CLI::App* command = app_->add_subcommand(words.name, words.description);
  command->footer("Example:\n  " + words.example);
  app_->require_subcommand(0, 1);
  // A subcommand of this one is understood first: it stays the chosen one.
  command->callback([&context, run = std::move(run)] {
    if (!context.chosen) context.chosen = run;
  });
  return Command(*command);
}

void Command::argument(const std::string& name, std::string& target, const std::string& description) {
  app_->add_option(name, target, description)->required();
}

void Command::optional_argument(const std::string& name, std::string& target,
                                const std::string& description) {
  app_->add_option(name, target, description);
}

void Command::arguments(const std::string& name, std::vector<std::string>& targets,
                        const std::string& description) {
  app_->add_option(name, targets, description);
}

void Command::option(const std::string& names, std::string& target, const std::string& description) {
  app_->add_option(names, target, description);
}

void Command::option(const std::string& names, std::uint32_t& target, const std::string& description) {
  app_->add_option(names, target, description)->capture_default_str();
}

void Command::options(const std::string& names, std::vector<std::string>& targets,
                      const std::string& description) {
  app_->add_option(names, targets, description)->allow_extra_args(false);
}

void Command::flag(const std::string& names, bool& target, const std::string& description) {
  app_->add_flag(names, target, description);
}

void Command::hidden_option(const std::string& names, std::string& target) {
  app_->add_option(names, target)->group(kHidden);
}

void Command::hidden_flag(const std::string& names, bool& target) {
  app_->add_flag(names, target)->group(kHidden);
}

}  // namespace duologue::cli
