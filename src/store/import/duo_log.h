// A .duo file's conversations through store::Reader: every trial's current branch as it stands, with all that
// the chain has. Only from a path: SQLite reads the file, and the one beside it. One thread. Errors are
// Reader's.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/import/log_sink.h"

namespace duologue::store {

// The file's first bytes say so.
bool is_duo_file(std::string_view start);

base::Status read_duo_file(const std::string& path, LogSink& sink);

}  // namespace duologue::store
