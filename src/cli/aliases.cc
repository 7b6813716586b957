#include "cli/aliases.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "base/paths.h"
#include "cli/user_configuration.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

struct Line {
  std::string text;  // as it stands
  std::string name;  // empty: a remark
  std::string model;
};

base::Result<std::vector<Line>> read_lines(const std::string& file) {
  std::vector<Line> lines;
  std::error_code error;
  if (file.empty() || !std::filesystem::exists(file, error)) return lines;
  if (const auto size = std::filesystem::file_size(file, error); error || size > kMaxFileBytes) {
    return fail(ErrorKind::kUsage, fmt::format("{}: not a file of at most {} bytes", file, kMaxFileBytes));
  }
  std::ifstream in(file);
  if (!in) return fail(ErrorKind::kIo, fmt::format("{}: {}", file, std::strerror(errno)));
  for (std::string text; std::getline(in, text);) {
    const std::string plain = trimmed(text);
    Line line{text, "", ""};
    if (!plain.empty() && plain.front() != '#') {
      const std::size_t equals = plain.find('=');
      line.name = trimmed(plain.substr(0, equals));
      if (equals != std::string::npos) line.model = trimmed(plain.substr(equals + 1));
      if (line.name.empty() || line.model.empty()) {
        return fail(ErrorKind::kUsage, fmt::format("{}:{}: not `NAME = MODEL`", file, lines.size() + 1));
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::string alias_file() {
  if (const auto folder = base::environment("XDG_CONFIG_HOME"); folder && folder->starts_with('/')) {
    return *folder + "/duologue/models";
  }
  const auto home = base::environment("HOME");
  return home ? *home + "/.config/duologue/models" : "";
}

base::Result<std::map<std::string, std::string>> read_aliases(const std::string& file) {
  TRY_ASSIGN(const std::vector<Line> lines, read_lines(file));
  std::map<std::string, std::string> aliases;
  for (const Line& line : lines) {
    if (!line.name.empty()) aliases[line.name] = line.model;
  }
  return aliases;
}

base::Status write_alias(const std::string& file, const std::string& name, const std::string& model) {
  if (file.empty())
    return fail(ErrorKind::kUsage, "models add: no place to keep a name in: set HOME or XDG_CONFIG_HOME");
  TRY_ASSIGN(std::vector<Line> lines, read_lines(file));
  std::erase_if(lines, [&](const Line& line) { return line.name == name; });
  lines.push_back({name + " = " + model, name, model});
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), error);
  const std::string draft = file + ".new";
  {
    std::ofstream out(draft, std::ios::trunc);
    for (const Line& line : lines) out << line.text << '\n';
    if (!out.flush())
      return fail(ErrorKind::kIo, fmt::format("can't write {}: {}", draft, std::strerror(errno)));
  }
  std::filesystem::rename(draft, file, error);
  if (error) return fail(ErrorKind::kIo, fmt::format("can't write {}: {}", file, error.message()));
  return {};
}

model::CatalogPlaces user_places() {
  const auto added = read_aliases(alias_file());
  std::map<std::string, std::string> aliases = added ? *added : std::map<std::string, std::string>();
  if (const auto& configuration = user_configuration()) {
    aliases.insert(configuration->aliases.begin(), configuration->aliases.end());
  }
  model::CatalogPlaces places = model::CatalogPlaces::here(std::move(aliases));
  places.env = user_environment();
  return places;
}

const model::Catalog& user_catalog() {
  static const model::Catalog catalog(user_places());
  return catalog;
}

}  // namespace duologue::cli
