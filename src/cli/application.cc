#include "cli/application.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/generate.h"
#include "cli/terminal/safe_text.h"
#include "experiment/build_info.h"

namespace duologue::cli {
namespace {

constexpr const char* kDescription =
    "duologue lets language models talk to each other, records every turn, and says where the talk went.";
constexpr const char* kExample =
    "Example:\n  duologue talk smollm2 --turns 24 --seed 7\n\n"
    "`duologue COMMAND --help` tells more about each.";

ExitCode report(CommandContext& context, const base::Error& error) {
  context.out.flush();
  context.err.write("duologue: " + safe_line(error.message) + "\n");
  context.err.flush();
  return exit_code(error.kind);
}

// CLI11 reads `--flag=` as a flag whose value is the next word.
std::vector<std::string> split_empty_values(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  bool flags_over = false;
  for (const std::string& word : words) {
    flags_over = flags_over || word == "--";
    if (!flags_over && word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1) {
      result.push_back(word.substr(0, word.size() - 1));
      result.emplace_back();
    } else {
      result.push_back(word);
    }
  }
  return result;
}

const CLI::App& chosen_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : chosen_command(*chosen.front());
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

base::Error unknown_word(const CLI::App& command, std::string word) {
  std::vector<std::string> known;
  std::string kind = "command";
  if (word.starts_with("-")) {
    kind = "flag";
    word = word.substr(0, word.find('='));
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
      for (const std::string& name : option->get_snames()) known.push_back("-" + name);
    }
  } else {
    for (const CLI::App* sub : command.get_subcommands(nullptr)) known.push_back(sub->get_name());
    if (known.empty()) kind = "argument";
  }
  const std::string prefix = command.get_parent() == nullptr ? "" : command.get_name() + ": ";
  std::string hint = base::did_you_mean(word, known);
  if (hint.empty()) hint = "; see `" + full_name(command) + " --help`";
  return {
      base::ErrorKind::kUsage,
      prefix + (kind == "argument" ? "one argument too many" : "unknown " + kind) + " '" + word + "'" + hint,
      std::nullopt};
}

base::Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen_command(app);
  const auto left_over = command.remaining();
  if (!left_over.empty()) return unknown_word(command, left_over.front());
  return {base::ErrorKind::kUsage,
          command.get_name() + ": " + error.what() + "; see `" + full_name(command) + " --help`",
          std::nullopt};
}

ExitCode run_chosen(CommandContext& context) {
  const base::Result<ExitCode> result = context.chosen();
  if (!result) return report(context, result.error());
  if (base::Status written = context.out.finish(); !written) return report(context, written.error());
  return *result;
}

}  // namespace

std::string version_line() {
  std::string line = "duologue " + experiment::program_version();
#if defined(DUOLOGUE_WITH_LLAMA)
  line += ", with the in-process engine (llama.cpp)";
#else
  line += ", without the in-process engine";
#endif
  return line;
}

ExitCode run_application(const std::vector<std::string>& words, CommandContext& context) {
  CLI::App app(kDescription, "duologue");
  app.set_version_flag("--version", version_line());
  app.footer(kExample);
  std::string kind;  // of a file to install: for `make install`, not for --help
  Command root(app);
  root.hidden_option("--generate", kind);
  add_all_commands(root, context);
  std::vector<std::string> reversed = split_empty_values(words);
  std::ranges::reverse(reversed);
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    context.out.write(app.help());
    context.out.flush();
    return ExitCode::kDone;
  } catch (const CLI::CallForVersion& version) {
    context.out.write(std::string(version.what()) + "\n");
    context.out.flush();
    return ExitCode::kDone;
  } catch (const CLI::ParseError& error) {
    return report(context, usage_error(app, error));
  } catch (const std::exception& error) {
    return report(context, {base::ErrorKind::kInternal, std::string("command line: ") + error.what(), {}});
  }
  if (!kind.empty()) {
    const std::string text = generate(app, kind, experiment::program_version());
    if (text.empty()) {
      return report(
          context,
          {base::ErrorKind::kUsage, "--generate makes man, bash, zsh or fish, not '" + kind + "'", {}});
    }
    context.out.write(text);
    context.out.flush();
    return ExitCode::kDone;
  }
  if (!context.chosen) {
    context.out.write(app.help());
    context.out.flush();
    return ExitCode::kDone;
  }
  return run_chosen(context);
}

}  // namespace duologue::cli
