// Lays the WAL's next pages out on the disk before they are written. A commit that makes the file longer
// waits for the file system's own journal too: twice as long as one that overwrites (bench P3).
#pragma once

struct sqlite3;

namespace duologue::store {

// After a commit, with nothing else at work on the connection; `pages`: those in the WAL now. Writes zeros
// behind them where little is left, which a reader of the WAL takes for its end, and waits until the disk has
// them. Where that fails, the next commit has to make its own room, and says what is wrong. 0 pages: none.
void make_wal_room(sqlite3* db, int pages);

}  // namespace duologue::store
