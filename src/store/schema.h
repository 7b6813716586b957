// The .duo file's format: its tables, the views for outside readers (docs/store.md), and how older files
// become newer.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/sqlite.h"

namespace duologue::store {

inline constexpr std::int64_t kApplicationId = 0x64756f6c;  // "duol", in SQLite's header
inline constexpr std::int64_t kFormatVersion = 3;           // SQLite's user_version
inline constexpr std::int64_t kPageBytes =
    8192;  // a turn of 1,000 bytes fits seven times with little left over

// Takes a file of version `from` to `from` + 1.
struct Migration {
  std::int64_t from = 0;
  const char* sql = nullptr;
};

struct Object {
  std::string_view name;
  std::string_view sql;  // as it stands in sqlite_schema
};

struct Format {
  std::int64_t version = kFormatVersion;
  std::span<const Object> objects;  // tables and indexes: exactly these texts, or the file isn't ours
  std::span<const Object> views;
  std::span<const Migration> migrations;
};
const Format& current_format();

// In an empty database, within the caller's transaction.
base::Status create_schema(Connection& connection, const Format& format);

enum class Age { kCurrent, kOlder };
// Whether the file is ours, and not newer than `format`. A current one's tables must be exactly ours: nothing
// else is read from a foreign file.
base::Result<Age> check_format(Connection& connection, const Format& format);

// Brings an older file up to date, in one transaction. kStore where the way there isn't known.
base::Status migrate(Connection& connection, const Format& format);

}  // namespace duologue::store
