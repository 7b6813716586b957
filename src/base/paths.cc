#include "base/paths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace duologue::base {

namespace {

// `user` decides where a homeless process keeps things: root has a place of its own, others have /tmp.
Folder folder_without_home(std::string_view root_folder, std::string_view kind, uid_t user) {
  Folder folder;
  if (user == 0) {
    folder.path = std::string(root_folder);
  } else {
    folder.path = fmt::format("/tmp/duologue-{}/{}", user, kind);
    folder.in_shared = true;
  }
  folder.note = fmt::format("no HOME: using {} as the {} folder", folder.path, kind);
  return folder;
}

std::optional<std::string> absolute(std::optional<std::string> path) {
  if (!path || !path->starts_with('/')) return std::nullopt;
  while (path->size() > 1 && path->ends_with('/')) path->pop_back();
  return path;
}

Status check_ours(const std::string& path) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0) return {};  // not there yet: making it will tell
  if (S_ISDIR(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 022) == 0) return {};
  return fail(ErrorKind::kIo,
              fmt::format("{} isn't a folder that only you can write to: remove it, or set HOME", path));
}

}  // namespace

std::optional<std::string> environment(std::string_view name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in duologue sets variables
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

Folder cache_folder(const Environment& env) {
  if (const auto xdg = absolute(env("XDG_CACHE_HOME"))) return {.path = *xdg + "/duologue", .note = {}};
  if (const auto home = absolute(env("HOME"))) return {.path = *home + "/.cache/duologue", .note = {}};
  return folder_without_home("/var/cache/duologue", "cache", geteuid());
}

Folder data_folder(const Environment& env) {
  if (const auto xdg = absolute(env("XDG_DATA_HOME"))) return {.path = *xdg + "/duologue", .note = {}};
  if (const auto home = absolute(env("HOME"))) return {.path = *home + "/.local/share/duologue", .note = {}};
  return folder_without_home("/var/lib/duologue", "data", geteuid());
}

Status make_folder(const Folder& folder) {
  std::error_code error;
  const std::filesystem::path path = folder.path;
  if (folder.in_shared) {
    const std::filesystem::path own = path.parent_path();
    if (mkdir(own.c_str(), 0700) != 0) TRY(check_ours(own.string()));
  }
  std::filesystem::create_directories(path, error);
  if (error) {
    return fail(ErrorKind::kIo, fmt::format("can't make the folder {}: {}", folder.path, error.message()));
  }
  if (!std::filesystem::is_directory(path, error)) {
    return fail(ErrorKind::kIo, folder.path + " isn't a folder: move it away");
  }
  return {};
}

}  // namespace duologue::base
