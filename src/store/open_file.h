// From a path to a connection that is ready: makes a file, opens one to write or to read, brings an older one
// up to date. All checks on foreign files are made here. The caller holds the lock where something is
// written.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/seams.h"
#include "store/sqlite.h"
#include "store/store.h"
#include "store/values.h"

namespace duologue::store {

// The path with a link at its end followed: SQLite names the files beside a database after what the link
// points to, and so must the lock be. kNotFound, or kStore where it is no plain file.
base::Result<std::string> real_path(const std::string& path);

// kStore if anything is at `path` or beside it in its name.
base::Status create_file(const std::string& path, const FileInfo& info, const Seams& seams);

base::Result<std::unique_ptr<Connection>> open_to_write(const std::string& path, Durability durability,
                                                        const Seams& seams);
base::Result<std::unique_ptr<Connection>> open_to_read(const std::string& path, const Seams& seams);

// Adds a row to `run`. A run begins with the next entry.
base::Status insert_run(Connection& connection, const FileInfo& info, std::int64_t now_ms);

}  // namespace duologue::store
