#include "store/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/rng.h"
#include "store/codec.h"
#include "store/schema.h"

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;

const Format& format_of(const Seams& seams) {
  return seams.format != nullptr ? *seams.format : current_format();
}

bool exists(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0;
}

// Bytes of a plain file; 0 where there is none.
std::int64_t size_of(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 ? std::int64_t{status.st_size} : 0;
}

base::Status cant_write(const std::string& path, int error) {
  return fail(ErrorKind::kStore,
              fmt::format("can't write {}: {}: choose another place", path, std::strerror(error)));
}

// Makes a new name durable.
base::Status sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return cant_write(path, errno);
  const int code = fsync(fd);
  const int error = errno;
  close(fd);
  // Some file systems can't sync a folder, and say so with EINVAL.
  return code == 0 || error == EINVAL ? base::Status{} : cant_write(path, error);
}

// Gives a finished file its name, unless something has that name already.
base::Status give_name(const std::string& from, const std::string& path) {
  if (link(from.c_str(), path.c_str()) == 0) {
    unlink(from.c_str());
    return sync_folder_of(path);
  }
  const int error = errno;
  if (error == EEXIST || exists(path)) {
    unlink(from.c_str());
    return cant_write(path, EEXIST);
  }
  // No hard links here. We hold the lock, so no other duologue can be making the same file.
  if (rename(from.c_str(), path.c_str()) == 0) return sync_folder_of(path);
  unlink(from.c_str());
  return cant_write(path, error);
}

std::string random_uid() { return fmt::format("{:016x}{:016x}", base::random_seed(), base::random_seed()); }

base::Status turn_wal_on(Connection& connection) {
  TRY_ASSIGN(const std::string mode, connection.query_text("PRAGMA journal_mode = WAL"));
  if (mode == "wal") return {};
  return fail(
      ErrorKind::kStore,
      fmt::format(
          "can't record to {}: its file system doesn't let processes share memory: choose a local disk",
          connection.path()));
}

// In a draft that nobody knows yet: nothing of it need be durable before it is whole.
base::Status fill_new_file(Connection& connection, const FileInfo& info, const Seams& seams) {
  const std::int64_t now_ms = info.created_ms != 0 ? info.created_ms : seams.clock->unix_ms();
  TRY(connection.exec(fmt::format(
      "PRAGMA page_size = {}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", kPageBytes)));
  TRY(connection.exec("BEGIN IMMEDIATE"));
  TRY(create_schema(connection, format_of(seams)));
  const std::string uid = random_uid();
  const std::string name = readable(info.name);
  TRY_ASSIGN(Statement experiment, connection.prepare("INSERT INTO experiment VALUES(1, ?, ?, ?, ?)"));
  experiment.bind_text(1, uid)
      .bind_text(2, name)
      .bind(3, static_cast<std::int64_t>(info.seed))
      .bind(4, now_ms);
  TRY(experiment.run());
  TRY(insert_run(connection, info, now_ms));
  TRY(connection.exec("COMMIT"));
  return turn_wal_on(connection);
}

// A draft that no connection has open any more: from here on its content is on the disk.
base::Status sync_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return cant_write(path, errno);
  const int code = fsync(fd);
  const int error = errno;
  close(fd);
  return code == 0 ? base::Status{} : cant_write(path, error);
}

// An empty file that is ours, whatever somebody may have put in its place.
base::Status claim_draft(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) return cant_write(path, errno);
  close(fd);
  return {};
}

void remove_with_side_files(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) unlink((path + suffix).c_str());
}

}  // namespace

base::Result<std::string> real_path(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) {
      return fail(ErrorKind::kNotFound, fmt::format("no such file: {}: check the name", path));
    }
    return fail(ErrorKind::kStore, fmt::format("can't read {}: {}", path, std::strerror(error)));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorKind::kStore,
                fmt::format("{} is not a .duo file (no plain file): check the name", path));
  }
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::canonical(path, error);
  if (error) return fail(ErrorKind::kStore, fmt::format("can't read {}: {}", path, error.message()));
  return resolved.string();
}

base::Status insert_run(Connection& connection, const FileInfo& info, std::int64_t now_ms) {
  TRY_ASSIGN(
      Statement run,
      connection.prepare("INSERT INTO run(started_ms, first_entry, duologue_version, determinism, build, "
                         "instrument, spec) SELECT ?, 1 + ifnull(max(id), 0), ?, ?, ?, ?, ? FROM entry"));
  const std::string build = readable(info.build);
  const std::string spec = readable(info.spec_json);
  run.bind(1, now_ms).bind_text(2, info.duologue_version).bind_text(3, info.determinism).bind_text(4, build);
  run.bind_text(5, info.instrument).bind_text(6, spec);
  return run.run();
}

base::Status create_file(const std::string& path, const FileInfo& info, const Seams& seams) {
  if (exists(path)) {
    return fail(ErrorKind::kStore, fmt::format("{0} exists already: choose another name, or go on with it: "
                                               "`duologue resume {0}`",
                                               path));
  }
  for (const char* suffix : {"-wal", "-journal"}) {
    // SQLite would take it for the new file's own.
    if (!exists(path + suffix)) continue;
    return fail(ErrorKind::kStore,
                fmt::format("{0}{1} is left over from a file that is gone: remove it, or choose "
                            "another name than {0}",
                            path, suffix));
  }
  const std::string draft = path + ".duologue-draft";
  remove_with_side_files(draft);
  TRY(claim_draft(draft));
  base::Status filled;
  {
    auto connection = Connection::open(draft, Connection::Mode::kCreate, seams.vfs);
    filled = connection ? fill_new_file(**connection, info, seams)
                        : base::Status(std::unexpected(connection.error()));
  }
  if (filled) filled = sync_file(draft);
  if (!filled) {
    remove_with_side_files(draft);
    return filled;
  }
  return give_name(draft, path);
}

namespace {

// The copy takes the file's place, the old file stays as PATH.vN.
base::Status swap_in(const std::string& path, const std::string& copy, std::int64_t old_version) {
  const std::string kept = fmt::format("{}.v{}", path, old_version);
  if (link(path.c_str(), kept.c_str()) != 0 && errno != EEXIST) return cant_write(kept, errno);
  struct stat ours{};
  struct stat old{};
  // EEXIST is fine where an earlier try was cut off right here.
  if (stat(path.c_str(), &ours) != 0 || stat(kept.c_str(), &old) != 0 || ours.st_ino != old.st_ino) {
    return cant_write(kept, EEXIST);
  }
  if (rename(copy.c_str(), path.c_str()) != 0) return cant_write(path, errno);
  return sync_folder_of(path);
}

// The old connection is closed here: from then on no side file of the old one may be left.
base::Status migrate_file(std::unique_ptr<Connection> old, const std::string& path, const Seams& seams) {
  const std::string copy = path + ".duologue-draft";
  remove_with_side_files(copy);
  TRY(claim_draft(copy));
  TRY_ASSIGN(const std::int64_t version, old->query_integer("PRAGMA user_version"));
  base::Status done;
  {
    TRY_ASSIGN(const auto fresh, Connection::open(copy, Connection::Mode::kCreate, seams.vfs));
    done = copy_database(*old, *fresh);
    if (done) done = fresh->exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
    if (done) done = migrate(*fresh, format_of(seams));
    if (done) done = turn_wal_on(*fresh);
  }
  if (done) done = sync_file(copy);
  if (done) done = old->exec("PRAGMA wal_checkpoint(TRUNCATE)");
  old.reset();
  if (done && exists(path + "-wal")) {
    done =
        fail(ErrorKind::kStore,
             fmt::format("can't bring {} up to date: another program is reading it: close it there", path));
  }
  if (done) done = swap_in(path, copy, version);
  if (!done) remove_with_side_files(copy);
  return done;
}

base::Status check_pages(Connection& connection) {
  TRY_ASSIGN(const std::string verdict, connection.query_text("PRAGMA quick_check(1)"));
  if (verdict == "ok") return {};
  std::string line;
  for (const char c : verdict) line += c == '\n' ? ' ' : c;
  return std::unexpected(damaged_error(line, connection.path()));
}

base::Status set_to_write(Connection& connection, Durability durability) {
  TRY(turn_wal_on(connection));
  // Checkpoints are the writer's own, after it has answered its callers.
  return connection.exec(
      fmt::format("PRAGMA synchronous = {}; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {}; "
                  "PRAGMA secure_delete = OFF; PRAGMA cache_size = -8000",
                  durability == Durability::kFull ? "FULL" : "NORMAL", 64 << 20));
}

}  // namespace

base::Result<std::unique_ptr<Connection>> open_to_write(const std::string& path, Durability durability,
                                                        const Seams& seams) {
  for (int attempt = 0;; ++attempt) {
    TRY_ASSIGN(auto connection, Connection::open(path, Connection::Mode::kWrite, seams.vfs));
    if (sqlite3_db_readonly(connection->handle(), "main") != 0) {
      return fail(ErrorKind::kStore,
                  fmt::format("can't record to {}: it is write-protected: change its permissions", path));
    }
    TRY_ASSIGN(const Age age, check_format(*connection, format_of(seams)));
    if (age == Age::kOlder) {
      if (attempt > 0)
        return fail(ErrorKind::kInternal, fmt::format("{} is older than its own migration", path));
      TRY(migrate_file(std::move(connection), path, seams));
      continue;
    }
    TRY(check_pages(*connection));
    TRY(set_to_write(*connection, durability));
    return connection;
  }
}

namespace {

// An older file is read from a copy that goes with the connection.
base::Result<std::unique_ptr<Connection>> migrated_copy(Connection& old, const Seams& seams) {
  TRY_ASSIGN(auto copy, Connection::open(old.path(), Connection::Mode::kTemporary));
  TRY(copy_database(old, *copy));
  TRY(migrate(*copy, format_of(seams)));
  return copy;
}

bool cant_make_side_files(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN || primary == SQLITE_PERM;
}

}  // namespace

base::Result<std::unique_ptr<Connection>> open_to_read(const std::string& path, const Seams& seams) {
  using Mode = Connection::Mode;
  // With a WAL there, somebody is writing or was cut off: nothing of it is ours to touch. Without one, SQLite
  // makes the side files that reading takes, and they go again when we close.
  const bool untouchable = exists(path + "-wal") || exists(path + "-journal");
  const Mode mode = untouchable ? Mode::kRead : Mode::kReadTidy;
  TRY_ASSIGN(auto connection, Connection::open(path, mode, seams.vfs));
  auto age = check_format(*connection, format_of(seams));
  if (!age && cant_make_side_files(connection->last_code()) && size_of(path + "-wal") == 0) {
    // A folder that can't be written: nobody else can be writing the file either.
    TRY_ASSIGN(connection, Connection::open(path, Mode::kImmutable, seams.vfs));
    age = check_format(*connection, format_of(seams));
  }
  if (!age && (connection->last_code() & 0xff) == SQLITE_CORRUPT) {
    TRY_ASSIGN(connection, Connection::open(path, Mode::kSalvage, seams.vfs));
    age = check_format(*connection, format_of(seams));
  }
  if (!age) return std::unexpected(age.error());
  if (*age == Age::kOlder) return migrated_copy(*connection, seams);
  return connection;
}

}  // namespace duologue::store
