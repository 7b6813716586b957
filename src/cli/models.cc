#include "cli/models.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/aliases.h"
#include "cli/table.h"
#include "cli/terminal/safe_text.h"
#include "cli/terminal/signals.h"
#include "model/catalog.h"
#include "model/gguf_file.h"
#include "model/http/curl_transport.h"
#include "model/served_models.h"
#include "store/json_text.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using Source = model::CatalogRow::Source;

struct ModelsFlags {
  bool json = false;
  std::string name;  // to pull
  std::string file;  // to add
  std::string as;
  bool yes = false;  // it was asked for already
};

std::string source_word(Source source) {
  switch (source) {
    case Source::kKnown:
      return "known";
    case Source::kOllama:
      return "ollama";
    case Source::kAlias:
      return "alias";
    case Source::kServer:
      return "server";
  }
  return "";
}

std::string state_of(const model::CatalogRow& row) {
  if (row.source == Source::kServer) return "served";
  if (row.present) return "here";
  return row.source == Source::kKnown ? "to fetch" : "missing";
}

Result<ExitCode> list_models(const ModelsFlags& flags, CommandContext& context) {
  TRY(read_aliases(alias_file()));  // a file that can't be read is told here, not passed over
  std::vector<std::vector<std::string>> rows{{"name", "state", "size", "what", "file"}};
  std::vector<model::CatalogRow> all = user_catalog().list();
  Signals signals;
  std::ranges::move(model::served_models(*model::http::make_curl_transport(), signals.token()),
                    std::back_inserter(all));
  for (const model::CatalogRow& row : all) {
    if (flags.json) {
      Json json = Json::object();
      store::put_text(json, "name", row.name);
      json["source"] = source_word(row.source);
      json["present"] = row.present;
      json["bytes"] = row.bytes;
      store::put_text(json, "about", row.about);
      store::put_text(json, "path", row.path);
      context.out.write(base::dump_json(json) + "\n");
    }
    rows.push_back({safe_line(row.name), state_of(row),
                    row.bytes == 0 ? "-" : fmt::format("{} MB", (row.bytes + 500'000) / 1'000'000),
                    safe_line(row.about), safe_line(row.path)});
  }
  if (!flags.json) context.out.write(table(rows));
  return ExitCode::kDone;
}

Result<ExitCode> pull_model(const ModelsFlags& flags, CommandContext& context) {
  Signals signals;
  const model::Catalog& catalog = user_catalog();
  model::GetOptions options;
  options.stop = signals.token();
  options.say = [&context](std::string_view line) {
    context.err.write(safe_line(line) + "\n");
    context.err.flush();
  };
  if (const auto resolved = catalog.resolve(flags.name);
      resolved && resolved->fetchable && !resolved->notice.empty()) {
    context.out.write(safe_line(resolved->notice) + "\n");
    context.out.flush();
  }
  TRY_ASSIGN(const model::ResolvedModel model, catalog.pull(flags.name, options));
  context.out.write(safe_line(model::describe(model)) + "\n");
  return ExitCode::kDone;
}

// The file's name without its ending, as a name is typed.
std::string name_of_file(const std::string& file) {
  std::string name = std::filesystem::path(file).stem().string();
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    c = std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_' ? static_cast<char>(std::tolower(byte))
                                                                    : '-';
  }
  return name;
}

Result<ExitCode> add_model(const ModelsFlags& flags, CommandContext& context) {
  std::error_code error;
  const std::string path = std::filesystem::absolute(flags.file, error).lexically_normal().string();
  TRY_ASSIGN(const model::GgufSummary summary, model::read_gguf_summary(path));
  const std::string name = flags.as.empty() ? name_of_file(path) : flags.as;
  if (name.empty() || name.find_first_of("=:/# \t\n") != std::string::npos) {
    return fail(ErrorKind::kUsage,
                fmt::format("models add: '{}' can't be a name: no spaces, = : / or #", name));
  }
  TRY_ASSIGN(const auto aliases, read_aliases(alias_file()));
  if (!aliases.contains(name) && user_catalog().resolve(name)) {
    return fail(ErrorKind::kUsage,
                fmt::format("models add: {} is the name of another model already; give one with --as", name));
  }
  TRY(write_alias(alias_file(), name, "gguf:" + path));
  context.out.print("{} is gguf:{} ({}, {} MB{})\n", safe_line(name), safe_line(path),
                    safe_line(summary.architecture), (summary.bytes + 500'000) / 1'000'000,
                    summary.chat_template ? "" : "; no chat template: talk with --raw");
  return ExitCode::kDone;
}

}  // namespace

void add_models(Command root, CommandContext& context) {
  auto flags = std::make_shared<ModelsFlags>();
  const RunCommand list = [flags, &context] { return list_models(*flags, context); };
  Command models =
      root.add_command(context,
                       {"models", "Which models are here; fetches known ones, gives files a name",
                        "duologue models\n"
                        "  duologue models pull smollm2\n"
                        "  duologue models add ~/weights/some.gguf --as some"},
                       list);
  models.flag("--json", flags->json, "JSON Lines, one a model");
  Command list_command = models.add_command(
      context, {"list", "Which models are here (the same without `list`)", "duologue models list"}, list);
  list_command.flag("--json", flags->json, "JSON Lines, one a model");
  Command pull =
      models.add_command(context, {"pull", "Fetches a known model's weights", "duologue models pull smollm2"},
                         [flags, &context] { return pull_model(*flags, context); });
  pull.argument("NAME", flags->name, "a known model; `duologue models` lists them");
  pull.hidden_flag("--yes", flags->yes);  // it was asked for already
  Command add = models.add_command(
      context, {"add", "Gives a GGUF file a name of its own", "duologue models add some.gguf --as some"},
      [flags, &context] { return add_model(*flags, context); });
  add.argument("FILE", flags->file, "a GGUF file; it stays where it is");
  add.option("--as", flags->as, "the name (that of the file, without .gguf)");
}

}  // namespace duologue::cli
