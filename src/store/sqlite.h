// A thin skin over SQLite, for this room only: one connection, its statements, and the one place that turns
// SQLite's codes into our errors. A Connection and its Statements belong to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace duologue::store {

// Nothing in a file is larger: of a text, a blob, a row.
inline constexpr int kMaxValueBytes = 256 << 20;

// One line for `code` (an extended result code), of which SQLite says `detail`, while we `doing` ("read",
// "record to",
// ...) the file at `path`.
base::Error sqlite_error(int code, std::string_view detail, std::string_view doing, std::string_view path);
// The line for a file whose content can't be right.
base::Error damaged_error(std::string_view detail, std::string_view path);

class Connection;

// A prepared statement. What is bound must live until run() returned or reset() was called.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3_stmt* statement, const Connection* connection);
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters count from 1.
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, double value);
  Statement& bind(int index, std::optional<double> value);
  Statement& bind(int index, std::optional<std::int64_t> value);
  Statement& bind_text(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);

  base::Result<bool> step();  // true: a row stands ready; false: done, and reset
  base::Status run();         // to the end, then reset
  void reset();

  // Of the row that stands ready; columns count from 0.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::optional<double> maybe_real(int column) const;
  std::string_view text(int column) const;  // valid until the next step
  std::string_view blob(int column) const;  // valid until the next step

 private:
  Statement& note_bind(int code);

  sqlite3_stmt* statement_ = nullptr;
  const Connection* connection_ = nullptr;
  int bind_code_ = 0;  // of the first parameter since the last step that could not be bound
};

class Connection {
 public:
  enum class Mode {
    kRead,       // nothing is written, the file's WAL included
    kReadTidy,   // as kRead, but removes the side files that SQLite makes, where it is the last to close
    kSalvage,    // as kRead, of a file that is shorter than it says
    kImmutable,  // no side files at all: for files that nobody can be writing
    kWrite,      // an existing file
    kCreate,     // a new file
    kTemporary,  // a nameless file that goes when closed
  };

  // Hardened: nothing in the file's schema is run, no extension, limits on every size.
  static base::Result<std::unique_ptr<Connection>> open(const std::string& path, Mode mode,
                                                        const char* vfs = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& path() const { return path_; }
  sqlite3* handle() const { return db_; }

  base::Result<Statement> prepare(std::string_view sql);
  base::Status exec(const std::string& sql);
  base::Result<std::int64_t> query_integer(const std::string& sql);
  base::Result<std::string> query_text(const std::string& sql);
  std::int64_t last_insert_id() const;
  bool in_transaction() const;

  // Says what the last failed call was about.
  base::Error error() const;
  int last_code() const { return last_code_; }  // of that call: SQLite's extended result code
  void note(int code) const { last_code_ = code; }
  // "read" or "record to": how errors begin.
  void set_doing(std::string_view doing) { doing_ = doing; }
  const std::string& doing() const { return doing_; }

 private:
  Connection(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}
  base::Status harden();

  std::string path_;
  std::string doing_ = "read";
  sqlite3* db_ = nullptr;
  mutable int last_code_ = 0;
};

// Copies the whole content, WAL included, into `to`, which is empty.
base::Status copy_database(Connection& from, Connection& to);

}  // namespace duologue::store
