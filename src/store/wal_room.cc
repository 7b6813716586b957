#include "store/wal_room.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <sqlite3.h>

#include "store/schema.h"

namespace duologue::store {
namespace {

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::int64_t kWalHeader = 32;
constexpr std::int64_t kFrame = 24 + kPageBytes;
constexpr std::int64_t kAhead = 1 << 20;  // some eighteen turns
constexpr std::int64_t kPiece = 64 << 10;

}  // namespace

void make_wal_room(sqlite3* db, int pages) {
  if (pages <= 0) return;
  sqlite3_file* wal = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&wal)) != SQLITE_OK ||
      wal == nullptr || wal->pMethods == nullptr)
    return;
  const std::int64_t used = kWalHeader + pages * kFrame;
  sqlite3_int64 size = 0;
  if (wal->pMethods->xFileSize(wal, &size) != SQLITE_OK) return;
  std::int64_t end = std::max<std::int64_t>(size, used);  // of what is laid out
  if (end - used > kAhead / 2) return;
  const std::vector<char> zeros(kPiece);
  for (const std::int64_t wanted = used + kAhead; end < wanted; end += kPiece) {
    if (wal->pMethods->xWrite(wal, zeros.data(), static_cast<int>(kPiece), end) != SQLITE_OK) return;
  }
  (void)wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
}

}  // namespace duologue::store
