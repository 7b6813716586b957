#include "cli/generate.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace duologue::cli {
namespace {

// What the generated files say of an option. Hidden ones (of later versions) are left out.
struct OptionWords {
  std::string names;  // "-o,--output"
  std::vector<std::string> longs;
  std::vector<std::string> shorts;
  std::string about;
  bool takes_value = false;
  bool positional = false;
};

std::vector<OptionWords> options_of(const CLI::App& command) {
  std::vector<OptionWords> all;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;
    OptionWords words;
    words.positional = option->get_positional();
    words.names = words.positional ? option->get_name(true) : option->get_name(false, true);
    words.longs = option->get_lnames();
    words.shorts = option->get_snames();
    words.about = option->get_description();
    words.takes_value = option->get_items_expected_max() > 0;
    all.push_back(std::move(words));
  }
  return all;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) { return app.get_subcommands(nullptr); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// --- man

std::string roff(std::string text) {
  text = replaced(replaced(std::move(text), "\\", "\\e"), "-", "\\-");
  // A line that begins with a dot or a quote would be a request.
  return text.starts_with('.') || text.starts_with('\'') ? "\\&" + text : text;
}

std::string man_options(const CLI::App& command) {
  std::string text;
  for (const OptionWords& option : options_of(command)) {
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(option.names), roff(option.about));
  }
  return text;
}

// The footer's examples, without their heading.
std::string example_of(const CLI::App& command) {
  const std::string footer = command.get_footer();
  const std::size_t line = footer.find('\n');
  return line == std::string::npos ? "" : footer.substr(line + 1);
}

std::string man_command(const CLI::App& command, const std::string& name) {
  std::string text =
      fmt::format(".SS {}\n{}.\n{}", roff(name), roff(command.get_description()), man_options(command));
  text += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(example_of(command)));
  for (const CLI::App* sub : commands_of(command)) text += man_command(*sub, name + " " + sub->get_name());
  return text;
}

std::string man(const CLI::App& app, std::string_view version) {
  std::string text = fmt::format(".TH DUOLOGUE 1 \"\" \"duologue {}\"\n", version);
  text +=
      ".SH NAME\nduologue \\- lets language models talk to each other, records every turn, and says where "
      "the talk went\n";
  text += ".SH SYNOPSIS\n.B duologue\n.I COMMAND\n.RI [ ARGUMENTS ]\n.SH OPTIONS\n" + man_options(app) +
          ".SH COMMANDS\n";
  for (const CLI::App* command : commands_of(app))
    text += man_command(*command, "duologue " + command->get_name());
  text +=
      ".SH KEYS\nAt a terminal, Space pauses a conversation when the turn under way ends; a menu then offers "
      "to go on, to speak to "
      "all or to one, to speak as a participant, to edit the last turn, or to end. Ctrl\\-C ends cleanly, a "
      "second one at once; "
      "nothing recorded is lost.\n"
      ".SH EXIT STATUS\n"
      ".TP\n0\ndone\n.TP\n1\na check said no\n.TP\n2\nwrong usage or spec\n.TP\n3\na provider or model "
      "failed\n"
      ".TP\n4\nthe store, or another file, failed\n.TP\n130\ninterrupted; resumable\n"
      ".SH ENVIRONMENT\n"
      ".TP\nXDG_CACHE_HOME\nmodels' weights are kept in its folder duologue (~/.cache)\n"
      ".TP\nXDG_DATA_HOME\nrecordings without \\-o are kept in its folder duologue (~/.local/share)\n"
      ".TP\nXDG_CONFIG_HOME\nnames given to models are kept in its file duologue/models (~/.config)\n"
      ".TP\nNO_COLOR\nno colours, if it isn't empty\n"
      ".TP\nOLLAMA_MODELS\nwhere Ollama's models lie\n";
  return text;
}

// --- completions

// Every flag of a command, and the commands below it.
std::string words_of(const CLI::App& command) {
  std::string words;
  for (const CLI::App* sub : commands_of(command)) words += sub->get_name() + " ";
  for (const OptionWords& option : options_of(command)) {
    for (const std::string& name : option.longs) words += "--" + name + " ";
    for (const std::string& name : option.shorts) words += "-" + name + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

std::string bash(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    cases += fmt::format("    {}) words='{}' ;;\n", command->get_name(), words_of(*command));
    for (const CLI::App* sub : commands_of(*command)) {
      cases +=
          fmt::format("    {}/{}) words='{}' ;;\n", command->get_name(), sub->get_name(), words_of(*sub));
    }
  }
  return fmt::format(R"(# bash completion for duologue
_duologue() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} key=${{COMP_WORDS[1]}} words=
  if [ "$COMP_CWORD" -le 1 ]; then
    COMPREPLY=($(compgen -W '{}' -- "$cur"))
    return
  fi
  if [ "$key" = models ] && [ "$COMP_CWORD" -gt 2 ]; then key="models/${{COMP_WORDS[2]}}"; fi
  case "$key" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case "$cur" in
    -*) ;;
    *) COMPREPLY+=($(compgen -f -- "$cur")) ;;
  esac
}}
complete -o filenames -F _duologue duologue
)",
                     words_of(app), cases);
}

std::string zsh_word(std::string text) {
  text = replaced(std::move(text), "'", "'\\''");
  for (const char* special : {"[", "]", ":"})
    text = replaced(std::move(text), special, std::string("\\") + special);
  return text;
}

std::string zsh_arguments(const CLI::App& command) {
  std::string text;
  for (const OptionWords& option : options_of(command)) {
    const std::string value = option.takes_value ? ":value:_files" : "";
    for (const std::string& name : option.longs)
      text += fmt::format(" \\\n        '*--{}[{}]{}'", name, zsh_word(option.about), value);
    for (const std::string& name : option.shorts)
      text += fmt::format(" \\\n        '*-{}[{}]{}'", name, zsh_word(option.about), value);
  }
  return text + " \\\n        '*:file:_files'";
}

std::string zsh(const CLI::App& app) {
  std::string names;
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    names += fmt::format("    '{}:{}'\n", command->get_name(), zsh_word(command->get_description()));
    cases +=
        fmt::format("    {})\n      _arguments{}\n      ;;\n", command->get_name(), zsh_arguments(*command));
  }
  return fmt::format(R"(#compdef duologue
_duologue() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
{}  esac
}}
_duologue "$@"
)",
                     names, cases);
}

std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish(const CLI::App& app) {
  std::string text = "# fish completion for duologue\n";
  for (const CLI::App* command : commands_of(app)) {
    text += fmt::format("complete -c duologue -n __fish_use_subcommand -a {} -d {}\n", command->get_name(),
                        fish_quoted(command->get_description()));
  }
  for (const CLI::App* command : commands_of(app)) {
    const std::string when =
        fmt::format("complete -c duologue -n '__fish_seen_subcommand_from {}'", command->get_name());
    for (const CLI::App* sub : commands_of(*command)) {
      text += fmt::format("{} -a {} -d {}\n", when, sub->get_name(), fish_quoted(sub->get_description()));
    }
    for (const OptionWords& option : options_of(*command)) {
      if (option.positional) continue;
      text += when;
      for (const std::string& name : option.longs) text += " -l " + name;
      for (const std::string& name : option.shorts) text += " -s " + name;
      text += fmt::format("{} -d {}\n", option.takes_value ? " -r" : "", fish_quoted(option.about));
    }
  }
  return text;
}

}  // namespace

std::string generate(const CLI::App& app, std::string_view kind, std::string_view version) {
  if (kind == "man") return man(app, version);
  if (kind == "bash") return bash(app);
  if (kind == "zsh") return zsh(app);
  if (kind == "fish") return fish(app);
  return "";
}

}  // namespace duologue::cli
