#include "store/store.h"

#include <utility>

#include "store/codec.h"
#include "store/embedding_rows.h"
#include "store/lock_file.h"
#include "store/open_file.h"
#include "store/trial_recorder.h"
#include "store/writer.h"

namespace duologue::store {

// Members go in reverse order: the lock last, when the file is closed.
class Store::Impl {
 public:
  Impl(std::string path, LockFile lock, std::unique_ptr<Writer> writer, const base::Clock& clock)
      : path_(std::move(path)), lock_(std::move(lock)), writer_(std::move(writer)), clock_(clock) {}

  const std::string path_;
  const LockFile lock_;
  const std::unique_ptr<Writer> writer_;
  const base::Clock& clock_;
};

namespace {

base::Result<std::unique_ptr<Writer>> open_writer(const std::string& path, Durability durability,
                                                  const Seams& seams) {
  TRY_ASSIGN(auto connection, open_to_write(path, durability, seams));
  return Writer::make(std::move(connection), durability == Durability::kFull);
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

base::Result<std::unique_ptr<Store>> Store::create(const std::string& path, const FileInfo& info,
                                                   Durability durability, const Seams& seams) {
  TRY_ASSIGN(LockFile lock, LockFile::acquire(path));
  TRY(create_file(path, info, seams));
  TRY_ASSIGN(auto writer, open_writer(path, durability, seams));
  return std::unique_ptr<Store>(
      new Store(std::make_unique<Impl>(path, std::move(lock), std::move(writer), *seams.clock)));
}

base::Result<std::unique_ptr<Store>> Store::open(const std::string& path, Durability durability,
                                                 const Seams& seams) {
  TRY_ASSIGN(std::string real, real_path(path));
  TRY_ASSIGN(LockFile lock, LockFile::acquire(real));
  TRY_ASSIGN(auto writer, open_writer(real, durability, seams));
  return std::unique_ptr<Store>(
      new Store(std::make_unique<Impl>(path, std::move(lock), std::move(writer), *seams.clock)));
}

const std::string& Store::path() const { return impl_->path_; }

base::Status Store::add_trial(const TrialRow& trial) {
  const std::int64_t now_ms = impl_->clock_.unix_ms();
  return impl_->writer_->submit([&](Rows& rows) { return rows.add_trial(trial, now_ms); });
}

base::Result<std::unique_ptr<engine::Recorder>> Store::recorder(std::uint32_t trial) {
  TRY_ASSIGN(std::unique_ptr<engine::Recorder> recorder,
             TrialRecorder::load(*impl_->writer_, trial, impl_->clock_));
  return recorder;
}

base::Status Store::set_spec(const std::string& spec_json) {
  const std::int64_t now_ms = impl_->clock_.unix_ms();
  const std::string spec = readable(spec_json);
  return impl_->writer_->submit([&](Rows& rows) -> base::Status {
    TRY_ASSIGN(
        Statement run,
        rows.connection().prepare(
            "INSERT INTO run(started_ms, first_entry, duologue_version, determinism, build, instrument, "
            "spec) "
            "SELECT ?, (SELECT 1 + ifnull(max(id), 0) FROM entry), duologue_version, determinism, build, "
            "instrument, ? FROM run ORDER BY id DESC LIMIT 1"));
    return run.bind(1, now_ms).bind_text(2, spec).run();
  });
}

base::Status Store::add_run(const FileInfo& info) {
  const std::int64_t now_ms = impl_->clock_.unix_ms();
  return impl_->writer_->submit([&](Rows& rows) { return insert_run(rows.connection(), info, now_ms); });
}

base::Status Store::add_embeddings(std::string_view embedder, std::span<const StoredEmbedding> embeddings) {
  return impl_->writer_->submit(
      [&](Rows& rows) { return add_embedding_rows(rows.connection(), embedder, embeddings); });
}

}  // namespace duologue::store
