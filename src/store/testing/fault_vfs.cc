#include "store/testing/fault_vfs.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace duologue::store {

namespace {

constexpr std::size_t kSectorBytes = 512;

// A change that was made but not yet synced.
struct Change {
  std::uint64_t offset = 0;
  std::string bytes;
  std::optional<std::uint64_t> truncate_to;  // set: this instead of a write
};

struct Tracked {
  std::string durable;         // the content as last synced
  bool exists_durably = true;  // whether its name would survive
  bool deleted = false;        // whether its name went since
  std::vector<Change> pending;
};

void apply(std::string& content, const Change& change) {
  if (change.truncate_to) {
    content.resize(*change.truncate_to);
    return;
  }
  if (content.size() < change.offset + change.bytes.size())
    content.resize(change.offset + change.bytes.size());
  std::ranges::copy(change.bytes, content.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

}  // namespace

struct FaultVfs::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  std::string name;
  Fault fault = Fault::kNone;
  int at = 0;
  int operations = 0;
  bool struck = false;
  std::map<std::string, Tracked> files;

  // What to answer instead of carrying out this operation; SQLITE_OK: carry it out. `writes`: it takes room.
  int meet(int io_error, bool writes) {
    const int number = operations++;
    if (number == at && fault != Fault::kNone) struck = true;
    if (!struck) return SQLITE_OK;
    switch (fault) {
      case Fault::kNone:
        return SQLITE_OK;
      case Fault::kFail:
        return number == at ? io_error : SQLITE_OK;
      case Fault::kDiskFull:
        return writes ? SQLITE_FULL : SQLITE_OK;
      case Fault::kPowerCut:
        return io_error;
    }
    return SQLITE_OK;
  }
};

namespace {

struct File {
  sqlite3_file base;
  FaultVfs::State* state;
  Tracked* tracked;  // null: a nameless one
  // The real file follows.
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

std::string content_of(sqlite3_file* real) {
  sqlite3_int64 size = 0;
  real->pMethods->xFileSize(real, &size);
  std::string content(static_cast<std::size_t>(size), '\0');
  if (size > 0) real->pMethods->xRead(real, content.data(), static_cast<int>(size), 0);
  return content;
}

int x_close(sqlite3_file* file) { return of(file)->real()->pMethods->xClose(of(file)->real()); }
int x_read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  return of(file)->real()->pMethods->xRead(of(file)->real(), out, amount, offset);
}

int x_write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  File* f = of(file);
  const int code = f->state->meet(SQLITE_IOERR_WRITE, true);
  Change change{static_cast<std::uint64_t>(offset), std::string(static_cast<const char*>(data), amount), {}};
  // A write that the power cut met may have got through in part.
  const bool cut_here = f->state->fault == Fault::kPowerCut && f->state->operations == f->state->at + 1;
  if (f->tracked != nullptr && (code == SQLITE_OK || cut_here))
    f->tracked->pending.push_back(std::move(change));
  if (code != SQLITE_OK) return code;
  return f->real()->pMethods->xWrite(f->real(), data, amount, offset);
}

int x_truncate(sqlite3_file* file, sqlite3_int64 size) {
  File* f = of(file);
  if (const int code = f->state->meet(SQLITE_IOERR_TRUNCATE, false); code != SQLITE_OK) return code;
  if (f->tracked != nullptr) f->tracked->pending.push_back({0, {}, static_cast<std::uint64_t>(size)});
  return f->real()->pMethods->xTruncate(f->real(), size);
}

int x_sync(sqlite3_file* file, int /*flags*/) {
  File* f = of(file);
  if (const int code = f->state->meet(SQLITE_IOERR_FSYNC, false); code != SQLITE_OK) return code;
  if (f->tracked == nullptr) return SQLITE_OK;
  f->tracked->durable = content_of(f->real());
  f->tracked->pending.clear();
  if (!f->tracked->exists_durably) {
    // SQLite syncs the folder with a new file's first sync, and with it what was deleted there before.
    f->tracked->exists_durably = true;
    std::erase_if(f->state->files, [](const auto& known) { return known.second.deleted; });
  }
  return SQLITE_OK;  // what is durable here is decided by settle(), not by the disk
}

int x_file_size(sqlite3_file* file, sqlite3_int64* size) {
  return of(file)->real()->pMethods->xFileSize(of(file)->real(), size);
}
int x_lock(sqlite3_file* file, int level) {
  return of(file)->real()->pMethods->xLock(of(file)->real(), level);
}
int x_unlock(sqlite3_file* file, int level) {
  return of(file)->real()->pMethods->xUnlock(of(file)->real(), level);
}
int x_check_lock(sqlite3_file* file, int* out) {
  return of(file)->real()->pMethods->xCheckReservedLock(of(file)->real(), out);
}
int x_control(sqlite3_file* file, int op, void* arg) {
  // A size hint would write past us.
  if (op == SQLITE_FCNTL_SIZE_HINT) return SQLITE_OK;
  return of(file)->real()->pMethods->xFileControl(of(file)->real(), op, arg);
}
int x_sector_size(sqlite3_file* file) { return of(file)->real()->pMethods->xSectorSize(of(file)->real()); }
int x_characteristics(sqlite3_file* file) {
  return of(file)->real()->pMethods->xDeviceCharacteristics(of(file)->real());
}
int x_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return of(file)->real()->pMethods->xShmMap(of(file)->real(), page, size, extend, out);
}
int x_shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return of(file)->real()->pMethods->xShmLock(of(file)->real(), offset, n, flags);
}
void x_shm_barrier(sqlite3_file* file) { of(file)->real()->pMethods->xShmBarrier(of(file)->real()); }
int x_shm_unmap(sqlite3_file* file, int remove) {
  return of(file)->real()->pMethods->xShmUnmap(of(file)->real(), remove);
}

const sqlite3_io_methods kMethods{
    2,
    x_close,
    x_read,
    x_write,
    x_truncate,
    x_sync,
    x_file_size,
    x_lock,
    x_unlock,
    x_check_lock,
    x_control,
    x_sector_size,
    x_characteristics,
    x_shm_map,
    x_shm_lock,
    x_shm_barrier,
    x_shm_unmap,
    nullptr,
    nullptr,
};

FaultVfs::State* state_of(sqlite3_vfs* vfs) { return static_cast<FaultVfs::State*>(vfs->pAppData); }

int x_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  FaultVfs::State* state = state_of(vfs);
  File* f = of(file);
  f->base.pMethods = nullptr;
  f->state = state;
  f->tracked = nullptr;
  const bool existed = name != nullptr && access(name, F_OK) == 0;
  if (name != nullptr && !existed && (flags & SQLITE_OPEN_CREATE) != 0) {
    if (const int code = state->meet(SQLITE_CANTOPEN, true); code != SQLITE_OK) {
      return code == SQLITE_FULL ? SQLITE_FULL : SQLITE_CANTOPEN;
    }
  }
  const int code = state->real->xOpen(state->real, name, f->real(), flags, out_flags);
  if (code != SQLITE_OK) return code;
  f->base.pMethods = &kMethods;
  if (name == nullptr) return code;
  const auto [it, fresh] = state->files.try_emplace(name);
  if (fresh || it->second.deleted) {
    const std::string before = it->second.durable;
    it->second = {existed ? content_of(f->real()) : before, existed, false, {}};
  }
  f->tracked = &it->second;
  return code;
}

int x_delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  FaultVfs::State* state = state_of(vfs);
  if (const int code = state->meet(SQLITE_IOERR_DELETE, false); code != SQLITE_OK) return code;
  const auto it = state->files.find(name);
  if (it != state->files.end()) {
    it->second.deleted = true;
    if (sync_folder != 0) state->files.erase(it);
  }
  return state->real->xDelete(state->real, name, sync_folder);
}

int x_access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  return state_of(vfs)->real->xAccess(state_of(vfs)->real, name, flags, out);
}
int x_full_pathname(sqlite3_vfs* vfs, const char* name, int n, char* out) {
  return state_of(vfs)->real->xFullPathname(state_of(vfs)->real, name, n, out);
}
int x_randomness(sqlite3_vfs* vfs, int n, char* out) {
  return state_of(vfs)->real->xRandomness(state_of(vfs)->real, n, out);
}
int x_sleep(sqlite3_vfs* vfs, int microseconds) {
  return state_of(vfs)->real->xSleep(state_of(vfs)->real, microseconds);
}
int x_current_time(sqlite3_vfs* vfs, double* out) {
  return state_of(vfs)->real->xCurrentTime(state_of(vfs)->real, out);
}
int x_last_error(sqlite3_vfs* vfs, int n, char* out) {
  return state_of(vfs)->real->xGetLastError(state_of(vfs)->real, n, out);
}

}  // namespace

FaultVfs::FaultVfs() : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.real = sqlite3_vfs_find(nullptr);
  s.name = fmt::format("faults-{}", static_cast<const void*>(this));
  s.vfs.iVersion = 1;
  s.vfs.szOsFile = static_cast<int>(sizeof(File)) + s.real->szOsFile;
  s.vfs.mxPathname = s.real->mxPathname;
  s.vfs.zName = s.name.c_str();
  s.vfs.pAppData = &s;
  s.vfs.xOpen = x_open;
  s.vfs.xDelete = x_delete;
  s.vfs.xAccess = x_access;
  s.vfs.xFullPathname = x_full_pathname;
  s.vfs.xRandomness = x_randomness;
  s.vfs.xSleep = x_sleep;
  s.vfs.xCurrentTime = x_current_time;
  s.vfs.xGetLastError = x_last_error;
  sqlite3_vfs_register(&s.vfs, 0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&state_->vfs); }

const char* FaultVfs::name() const { return state_->name.c_str(); }

void FaultVfs::arm(Fault fault, int at) {
  state_->fault = fault;
  state_->at = at;
  state_->operations = 0;
  state_->struck = false;
}

int FaultVfs::operations() const { return state_->operations; }
bool FaultVfs::struck() const { return state_->struck; }

void FaultVfs::forget() { state_->files.clear(); }

void FaultVfs::settle(Kept kept, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto coin = [&random] { return (random() & 1) != 0; };
  for (const auto& [name, file] : state_->files) {
    std::string content = file.durable;
    bool exists = file.exists_durably;
    for (const Change& change : file.pending) {
      if (kept == Kept::kNothing) break;
      if (kept == Kept::kEverything || change.truncate_to) {
        if (kept == Kept::kEverything || coin()) apply(content, change);
        continue;
      }
      for (std::size_t at = 0; at < change.bytes.size(); at += kSectorBytes) {
        if (coin()) apply(content, {change.offset + at, change.bytes.substr(at, kSectorBytes), {}});
      }
    }
    if (!exists && kept != Kept::kNothing) exists = kept == Kept::kEverything || coin();
    if (file.deleted && (kept == Kept::kEverything || (kept == Kept::kSomeSectors && coin()))) exists = false;
    if (exists) {
      std::ofstream(name, std::ios::binary | std::ios::trunc) << content;
    } else {
      unlink(name.c_str());
    }
  }
  state_->files.clear();
}

}  // namespace duologue::store
