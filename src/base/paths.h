// Where duologue keeps things on this machine: the cache folder (what can be fetched or built again) and the
// data folder (the user's recordings). Nothing is made or written until make_folder. Any thread.
// tools/lib/folders.py follows the same rules for the cache.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace duologue::base {

struct Folder {
  std::string path;
  std::string note;        // where it isn't the usual place: one line that says so and why, for the user
  bool in_shared = false;  // its parent belongs to everybody (/tmp): make_folder then checks whose it is
};

// Looks a variable up; empty and unset are the same.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
std::optional<std::string> environment(std::string_view name);  // of this process

// $XDG_CACHE_HOME/duologue, ~/.cache/duologue; with no HOME /var/cache/duologue for root, otherwise a folder
// of the user's own in /tmp. A relative $XDG_CACHE_HOME is ignored, as its specification says.
Folder cache_folder(const Environment& env = environment);

// $XDG_DATA_HOME/duologue, ~/.local/share/duologue; with no HOME /var/lib/duologue for root, otherwise in
// /tmp.
Folder data_folder(const Environment& env = environment);

// Makes it with its parents where missing. kIo: it can't be made, isn't a folder, or (in /tmp) is somebody
// else's.
Status make_folder(const Folder& folder);

}  // namespace duologue::base
