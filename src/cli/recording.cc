#include "cli/recording.h"

#include <ctime>
#include <filesystem>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/paths.h"
#include "cli/terminal/safe_text.h"

namespace duologue::cli {
namespace {

std::string file_stem(std::string_view name) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
  constexpr std::size_t kMaxBytes = 60;
  const bool begins_well = !name.empty() && name.front() != '.' && name.front() != '-';
  std::string stem(begins_well ? "" : "run");
  for (const char c : name.substr(0, kMaxBytes)) stem += kPlain.find(c) == std::string_view::npos ? '-' : c;
  return stem;
}

}  // namespace

base::Result<std::string> new_recording(std::string_view stem, Output& words) {
  const base::Folder folder = base::data_folder();
  TRY(base::make_folder(folder));
  if (!folder.note.empty()) words.write(safe_line(folder.note) + "\n");
  const std::time_t now = base::Clock::system().unix_ms() / 1'000;
  std::tm local{};
  localtime_r(&now, &local);
  const std::string base_path =
      fmt::format("{}/{}-{:04}{:02}{:02}-{:02}{:02}{:02}", folder.path, file_stem(stem), local.tm_year + 1900,
                  local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
  for (int i = 1;; ++i) {
    std::string path = i == 1 ? fmt::format("{}.duo", base_path) : fmt::format("{}-{}.duo", base_path, i);
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return path;
  }
}

}  // namespace duologue::cli
