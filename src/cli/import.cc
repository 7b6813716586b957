#include "cli/import.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/nearest.h"
#include "cli/recording.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/signals.h"
#include "experiment/import_logs.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::string_view kAnyFormat = "auto";
constexpr std::uint64_t kSkipsTold = 5;  // the rest is counted; all of them are in the record

struct ImportFlags {
  std::string format;
  std::vector<std::string> paths;
  std::string output;
};

// What may be given: a recording needs no import.
std::vector<std::string> format_words() {
  std::vector<std::string> words = store::log_format_words();
  std::erase(words, to_string(store::LogFormat::kDuo));
  words.insert(words.begin(), std::string(kAnyFormat));
  return words;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Result<std::optional<store::LogFormat>> format_from(const std::string& word) {
  if (word == kAnyFormat) return std::nullopt;
  if (const auto format = store::log_format_from(word)) return format;
  const std::vector<std::string> known = format_words();
  const std::string hint = base::did_you_mean(word, known);
  return fail(ErrorKind::kUsage,
              fmt::format("import: unknown format '{}'{}", word,
                          hint.empty() ? fmt::format("; one of: {}", fmt::join(known, ", ")) : hint));
}

Result<ExitCode> run_import(const ImportFlags& flags, CommandContext& context) {
  experiment::ImportOptions options;
  TRY_ASSIGN(options.format, format_from(flags.format));
  if (flags.paths.empty()) {
    return fail(ErrorKind::kUsage, "import: which logs? `duologue import auto FILE… -o OUT.duo`");
  }
  std::string path = flags.output;
  if (path.empty()) {
    TRY_ASSIGN(path, new_recording("import", context.out));
  }
  std::uint64_t skipped = 0;
  options.on_skip = [&](const std::string& what) {
    if (++skipped <= kSkipsTold) context.err.print("skipped: {}\n", safe_line(what));
  };
  Signals signals;
  options.stop = signals.token();
  const auto counts = experiment::import_logs(flags.paths, path, options);
  if (skipped > kSkipsTold) context.err.print("skipped: {} more\n", counted(skipped - kSkipsTold, "line"));
  context.err.flush();
  if (!counts) return std::unexpected(counts.error());
  context.out.print("{}, {} in {}\n", counted(counts->conversations, "conversation"),
                    counted(counts->turns, "turn"), safe_line(path));
  if (counts->skipped > 0) {
    context.out.print("{} skipped: unreadable; the record says where\n", counted(counts->skipped, "line"));
  }
  return ExitCode::kDone;
}

}  // namespace

void add_import(Command root, CommandContext& context) {
  auto flags = std::make_shared<ImportFlags>();
  flags->format = kAnyFormat;
  Command command = root.add_command(context,
                                     {"import", "Conversations that other tools have logged, as a recording",
                                      "duologue import auto logs/*.jsonl -o logs.duo\n"
                                      "  duologue import inspect run.eval -o run.duo"},
                                     [flags, &context] { return run_import(*flags, context); });
  command.argument("FORMAT", flags->format,
                   fmt::format("{}; auto: told from the content", fmt::join(format_words(), ", ")));
  command.arguments("FILE", flags->paths, "the logs");
  command.option("-o,--output", flags->output, "FILE.duo to write (a new file in the data folder)");
}

}  // namespace duologue::cli
