#include "store/sqlite.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace duologue::store {

namespace {

using base::Error;
using base::ErrorKind;

constexpr int kBusyTimeoutMs = 5'000;

Error store_error(std::string message) { return Error{ErrorKind::kStore, std::move(message), std::nullopt}; }

}  // namespace

Error damaged_error(std::string_view detail, std::string_view path) {
  return store_error(
      fmt::format("{0} is damaged ({1}): keep a copy of it; `duologue export {0}` still gives every turn "
                  "that can be read",
                  path, detail));
}

Error sqlite_error(int code, std::string_view detail, std::string_view doing, std::string_view path) {
  // The shared memory beside the WAL found no room either.
  if (code == SQLITE_IOERR_SHMSIZE) code = SQLITE_FULL;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return store_error(fmt::format(
          "can't {0} {1}: the disk is full: free some space, then go on with `duologue resume {1}`; "
          "everything recorded so far is kept",
          doing, path));
    case SQLITE_NOTADB:
      return store_error(fmt::format("{} is not a .duo file (not SQLite): check the name", path));
    case SQLITE_CORRUPT:
      return damaged_error(detail, path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return store_error(fmt::format(
          "can't {} {}: another program keeps it locked: close it there and try again", doing, path));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return store_error(fmt::format("can't {} {}: {}: check the permissions of the file and its folder",
                                     doing, path, detail));
    case SQLITE_IOERR:
      return store_error(fmt::format(
          "can't {0} {1}: the disk failed ({2}): check it, then go on with `duologue resume {1}`; "
          "what was recorded before is kept",
          doing, path, detail));
    case SQLITE_TOOBIG:
      return store_error(
          fmt::format("can't {} {}: a value is larger than {} MiB", doing, path, kMaxValueBytes >> 20));
    default:
      return store_error(fmt::format("can't {} {}: {}", doing, path, detail));
  }
}

Statement::Statement(sqlite3_stmt* statement, const Connection* connection)
    : statement_(statement), connection_(connection) {}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      connection_(other.connection_),
      bind_code_(other.bind_code_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(connection_, other.connection_);
  std::swap(bind_code_, other.bind_code_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

// A value past the length limit isn't bound, which would leave the parameter's last value: the step then
// fails instead.
Statement& Statement::note_bind(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Statement& Statement::bind(int index, std::int64_t value) {
  return note_bind(sqlite3_bind_int64(statement_, index, value));
}

Statement& Statement::bind(int index, double value) {
  return note_bind(sqlite3_bind_double(statement_, index, value));
}

Statement& Statement::bind(int index, std::optional<double> value) {
  return value ? bind(index, *value) : bind_null(index);
}

Statement& Statement::bind(int index, std::optional<std::int64_t> value) {
  return value ? bind(index, *value) : bind_null(index);
}

Statement& Statement::bind_text(int index, std::string_view text) {
  // A null pointer would bind NULL instead of "".
  const char* data = text.data() == nullptr ? "" : text.data();
  return note_bind(sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  return note_bind(sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_STATIC));
}

Statement& Statement::bind_null(int index) { return note_bind(sqlite3_bind_null(statement_, index)); }

base::Result<bool> Statement::step() {
  if (const int bad = std::exchange(bind_code_, SQLITE_OK); bad != SQLITE_OK) {
    connection_->note(bad);
    return std::unexpected(sqlite_error(bad, sqlite3_errstr(bad), connection_->doing(), connection_->path()));
  }
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  connection_->note(sqlite3_extended_errcode(connection_->handle()));
  Error error = connection_->error();
  sqlite3_reset(statement_);
  return std::unexpected(std::move(error));
}

base::Status Statement::run() {
  for (;;) {
    TRY_ASSIGN(const bool row, step());
    if (!row) return {};
  }
}

void Statement::reset() { sqlite3_reset(statement_); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::optional<double> Statement::maybe_real(int column) const {
  if (is_null(column)) return std::nullopt;
  return real(column);
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

namespace {

// A path with '?', '#' or '%' in it must not be read as URI syntax.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

int open_flags(Connection::Mode mode) {
  using Mode = Connection::Mode;
  switch (mode) {
    case Mode::kRead:
    case Mode::kSalvage:
      return SQLITE_OPEN_READONLY;
    case Mode::kImmutable:
      return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    case Mode::kReadTidy:
    case Mode::kWrite:
      return SQLITE_OPEN_READWRITE;
    case Mode::kCreate:
    case Mode::kTemporary:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return SQLITE_OPEN_READONLY;
}

// SQLite takes a name that begins with ':' or "file:" for something else than a file.
std::string plain_name(const std::string& path) { return path.starts_with('/') ? path : "./" + path; }

}  // namespace

base::Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode,
                                                           const char* vfs) {
  std::string name;
  if (mode != Mode::kTemporary) name = plain_name(path);
  if (mode == Mode::kImmutable) name = immutable_uri(name);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &db, open_flags(mode) | SQLITE_OPEN_NOMUTEX, vfs);
  std::unique_ptr<Connection> connection(new Connection(path, db));
  if (db == nullptr) return std::unexpected(sqlite_error(SQLITE_NOMEM, "out of memory", "open", path));
  connection->doing_ = "open";
  connection->note(sqlite3_extended_errcode(db));
  if (code != SQLITE_OK) return std::unexpected(connection->error());
  TRY(connection->harden());
  if (mode == Mode::kReadTidy) TRY(connection->exec("PRAGMA query_only = ON"));
  if (mode == Mode::kSalvage) {
    // Only so is SQLite willing to look at such a file. Nothing can be written all the same.
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    TRY(connection->exec("PRAGMA writable_schema = ON"));
  }
  connection->doing_ = mode == Mode::kWrite || mode == Mode::kCreate ? "record to" : "read";
  return connection;
}

Connection::~Connection() { sqlite3_close_v2(db_); }

base::Status Connection::harden() {
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  constexpr std::array<std::pair<int, int>, 8> kSettings{{
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
  }};
  for (const auto& [setting, value] : kSettings) {
    const int code = sqlite3_db_config(db_, setting, value, nullptr);
    if (code != SQLITE_OK) {
      note(code);
      return std::unexpected(error());
    }
  }
  sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  sqlite3_limit(db_, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
  sqlite3_limit(db_, SQLITE_LIMIT_COLUMN, 200);
  sqlite3_limit(db_, SQLITE_LIMIT_EXPR_DEPTH, 100);
  sqlite3_limit(db_, SQLITE_LIMIT_COMPOUND_SELECT, 20);
  sqlite3_limit(db_, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db_, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
  sqlite3_limit(db_, SQLITE_LIMIT_WORKER_THREADS, 0);
  return exec("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY");
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    note(code);
    return std::unexpected(error());
  }
  return Statement(statement, this);
}

base::Status Connection::exec(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  note(code);
  return std::unexpected(error());
}

base::Result<std::int64_t> Connection::query_integer(const std::string& sql) {
  TRY_ASSIGN(Statement statement, prepare(sql));
  TRY_ASSIGN(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

base::Result<std::string> Connection::query_text(const std::string& sql) {
  TRY_ASSIGN(Statement statement, prepare(sql));
  TRY_ASSIGN(const bool row, statement.step());
  return row ? std::string(statement.text(0)) : std::string();
}

std::int64_t Connection::last_insert_id() const { return sqlite3_last_insert_rowid(db_); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

base::Error Connection::error() const { return sqlite_error(last_code_, sqlite3_errmsg(db_), doing_, path_); }

base::Status copy_database(Connection& from, Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) {
    to.note(sqlite3_extended_errcode(to.handle()));
    return std::unexpected(to.error());
  }
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE) return {};
  return std::unexpected(sqlite_error(code, sqlite3_errstr(code), "copy", from.path()));
}

}  // namespace duologue::store
