// Lays the WAL's next pages out on the disk before they are written. A commit that makes the file longer
// waits for the file system's own journal too: twice as long as one that overwrites (bench P3).
#pragma once

#include <cstdint>

struct sqlite3;

namespace duologue::store {

class WalRoom {
 public:
  // After a commit, with nothing else at work on the connection; `pages`: those in the WAL now. Writes zeros
  // behind them where little is left, which a reader of the WAL takes for its end, and waits until the disk
  // has them. Where that fails, the next commit has to make its own room, and says what is wrong. 0 pages:
  // none.
  void extend(sqlite3* db, int pages);

 private:
  std::int64_t end_ = 0;  // of what is laid out, bytes from the file's start; it may have been cut off since
};

}  // namespace duologue::store
