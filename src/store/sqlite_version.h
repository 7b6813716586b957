// The SQLite library that recordings are written with, e.g. "3.40.1". Any thread.
#pragma once

#include <string>

namespace duologue::store {

std::string sqlite_version();

}  // namespace duologue::store
