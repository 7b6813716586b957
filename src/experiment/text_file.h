// Small text files that a spec or a flag names: prompts, lists of openings. kNotFound, kIo or kUsage with the
// path (and the line). Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace duologue::experiment {

// The whole file without its last newline: UTF-8, at most kMaxTextBytes (spec.h).
base::Result<std::string> read_text_file(const std::string& path);

// One opening a line; blank lines are skipped. A file with nothing else is an error.
base::Result<std::vector<std::string>> read_openings(const std::string& path);

}  // namespace duologue::experiment
