// Group commit: units of work from any number of threads, put into as few transactions as their timing
// allows.
//
// Whoever submits while nobody commits becomes the leader: takes everything that is queued, carries it out in
// one transaction, answers, moves the WAL into the file when it has grown or makes room in it, and passes the
// lead to the first who has queued meanwhile. Where one unit of a transaction fails, all are carried out
// again, each on its own: a bad one takes no other with it. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/rows.h"
#include "store/sqlite.h"

namespace duologue::store {

class Writer {
 public:
  // Adds rows. May be called more than once, each time after everything it did was undone: must have no other
  // effect.
  using Work = std::function<base::Status(Rows& rows)>;

  // `waits_for_disk`: each commit does (PRAGMA synchronous = FULL).
  static base::Result<std::unique_ptr<Writer>> make(std::unique_ptr<Connection> connection,
                                                    bool waits_for_disk);
  ~Writer();

  // Returns when the work is committed (durably, as the connection was set), or with why it isn't.
  base::Status submit(const Work& work);

 private:
  struct Job;

  Writer(std::unique_ptr<Connection> connection, bool waits_for_disk);
  void lead(Job& own) EXCLUDES(mutex_);
  void carry_out(const std::vector<Job*>& batch) REQUIRES(db_mutex_);
  base::Status attempt(const std::vector<Job*>& batch) REQUIRES(db_mutex_);
  void undo() REQUIRES(db_mutex_);
  void note_failure(const base::Status& status) REQUIRES(db_mutex_);
  void move_wal_if_grown() REQUIRES(db_mutex_);

  const bool waits_for_disk_;

  base::Mutex mutex_;
  std::vector<Job*> queue_ GUARDED_BY(mutex_);
  bool led_ GUARDED_BY(mutex_) = false;

  base::Mutex db_mutex_;  // taken before mutex_ where both are
  std::unique_ptr<Connection> connection_ GUARDED_BY(db_mutex_);
  std::unique_ptr<Rows> rows_ GUARDED_BY(db_mutex_);
  base::Status health_ GUARDED_BY(db_mutex_);  // an error once the disk failed: nothing more is written then
  int moved_pages_ GUARDED_BY(db_mutex_) = 0;  // wal_pages_ when they were last moved
  int wal_pages_ = 0;                          // set by SQLite within a commit, under db_mutex_
};

}  // namespace duologue::store
