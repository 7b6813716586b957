// Group commit: units of work from any number of threads, put into as few transactions as their timing
// allows.
//
// A thread of its own takes everything that is queued, carries it out in one transaction, moves the WAL into
// the file when it has grown or makes room in it, answers, and looks again. Where one unit of a transaction
// fails, all are carried out again, each on its own: a bad one takes no other with it. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/rows.h"
#include "store/sqlite.h"

namespace duologue::store {

class Writer {
 public:
  // Adds rows. May be called more than once, each time after everything it did was undone: must have no other
  // effect. Runs on the writer's thread, while whoever handed it in waits or does something else.
  using Work = std::function<base::Status(Rows& rows)>;

  // Work handed in, until wait() has returned its result.
  struct Job {
    Work work;
    base::Status result;
    bool done = true;  // under the writer's mutex
    base::CondVar wake;
  };

  // `waits_for_disk`: each commit does (PRAGMA synchronous = FULL).
  static base::Result<std::unique_ptr<Writer>> make(std::unique_ptr<Connection> connection,
                                                    bool waits_for_disk);
  ~Writer();  // no job may be under way

  // Returns when the work is committed (durably, as the connection was set), or with why it isn't.
  base::Status submit(Work work);

  // The same in two steps. The job stays where it is between them.
  void begin(Job& job) EXCLUDES(mutex_);
  base::Status wait(Job& job) EXCLUDES(mutex_);

 private:
  Writer(std::unique_ptr<Connection> connection, bool waits_for_disk);
  void run() EXCLUDES(mutex_);
  void carry_out(const std::vector<Job*>& batch);
  base::Status attempt(const std::vector<Job*>& batch);
  void undo();
  void note_failure(const base::Status& status);
  void move_wal_if_grown();

  const bool waits_for_disk_;

  base::Mutex mutex_;
  base::CondVar work_to_do_;
  std::vector<Job*> queue_ GUARDED_BY(mutex_);
  bool closing_ GUARDED_BY(mutex_) = false;

  // Used by the thread alone while it runs.
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Rows> rows_;
  base::Status health_;  // an error once the disk failed: nothing more is written then
  int wal_pages_ = 0;    // set by SQLite within a commit
  int moved_pages_ = 0;  // wal_pages_ when they were last moved

  std::thread thread_;
};

}  // namespace duologue::store
