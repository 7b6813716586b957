#include "store/sqlite_version.h"

#include <sqlite3.h>

namespace duologue::store {

std::string sqlite_version() { return sqlite3_libversion(); }

}  // namespace duologue::store
