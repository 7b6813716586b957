#include "store/writer.h"

#include <utility>

#include <sqlite3.h>

#include "store/wal_room.h"

namespace duologue::store {

namespace {

constexpr int kClosingTimeoutMs = 200;
constexpr int kWalPages = 1'000;  // 8 MB: then they are moved into the file

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, bool waits_for_disk)
    : waits_for_disk_(waits_for_disk), connection_(std::move(connection)) {}

base::Result<std::unique_ptr<Writer>> Writer::make(std::unique_ptr<Connection> connection,
                                                   bool waits_for_disk) {
  std::unique_ptr<Writer> writer(new Writer(std::move(connection), waits_for_disk));
  TRY_ASSIGN(writer->rows_, Rows::prepare(*writer->connection_));
  const auto on_commit = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(writer->connection_->handle(), on_commit, &writer->wal_pages_);
  writer->thread_ = std::thread([raw = writer.get()] { raw->run(); });
  return writer;
}

Writer::~Writer() {
  if (thread_.joinable()) {
    {
      const base::MutexLock lock(mutex_);
      closing_ = true;
      work_to_do_.notify_one();
    }
    thread_.join();
  }
  rows_.reset();
  // Closing would do it too, but keeps the emptied WAL where somebody else is reading.
  // With little patience for a reader: what stays in the WAL is as safe there.
  sqlite3_busy_timeout(connection_->handle(), kClosingTimeoutMs);
  if (health_) (void)connection_->exec("PRAGMA wal_checkpoint(TRUNCATE)");
  connection_.reset();
}

base::Status Writer::submit(Work work) {
  Job job{.work = std::move(work), .result = {}, .done = true, .wake = {}};
  begin(job);
  return wait(job);
}

void Writer::begin(Job& job) {
  const base::MutexLock lock(mutex_);
  job.done = false;
  queue_.push_back(&job);
  work_to_do_.notify_one();
}

base::Status Writer::wait(Job& job) {
  const base::MutexLock lock(mutex_);
  while (!job.done) job.wake.wait(mutex_);
  return job.result;
}

void Writer::run() {
  std::vector<Job*> batch;
  for (;;) {
    {
      const base::MutexLock lock(mutex_);
      while (queue_.empty() && !closing_) work_to_do_.wait(mutex_);
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    carry_out(batch);
    // Before the answers: nothing touches the file when nobody waits for it.
    move_wal_if_grown();
    if (waits_for_disk_ && health_) make_wal_room(connection_->handle(), wal_pages_);
    // Under the lock to the end: a job is its submitter's, and gone once that sees it done.
    const base::MutexLock lock(mutex_);
    for (Job* job : batch) {
      job->done = true;
      job->wake.notify_one();
    }
    batch.clear();
  }
}

void Writer::carry_out(const std::vector<Job*>& batch) {
  const base::Status together = health_ ? attempt(batch) : health_;
  for (Job* job : batch) job->result = together;
  if (together || batch.size() == 1) return;
  for (Job* job : batch) job->result = health_ ? attempt({job}) : health_;
}

base::Status Writer::attempt(const std::vector<Job*>& batch) {
  connection_->note(SQLITE_OK);
  base::Status status = connection_->exec("BEGIN IMMEDIATE");
  for (Job* job : batch) {
    if (!status) break;
    status = job->work(*rows_);
  }
  if (status) status = connection_->exec("COMMIT");
  if (!status) {
    note_failure(status);
    undo();
  }
  return status;
}

void Writer::undo() {
  // SQLite may have rolled back by itself.
  if (connection_->in_transaction()) (void)connection_->exec("ROLLBACK");
  rows_->forget();
}

void Writer::note_failure(const base::Status& status) {
  const int extended = connection_->last_code();
  const int code = extended & 0xff;
  if (extended == SQLITE_IOERR_SHMSIZE) return;  // a full disk
  // What the system holds of the file and what the disk holds may differ from now on: only reopening tells.
  if (code == SQLITE_IOERR || code == SQLITE_CORRUPT || code == SQLITE_NOTADB) health_ = status;
}

void Writer::move_wal_if_grown() {
  if (wal_pages_ < moved_pages_) moved_pages_ = 0;  // it was begun anew
  if (!health_ || wal_pages_ - moved_pages_ < kWalPages) return;
  moved_pages_ = wal_pages_;
  // Where this fails (a full disk, a long reader), all is in the WAL still, and comes along next time.
  (void)sqlite3_wal_checkpoint_v2(connection_->handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace duologue::store
