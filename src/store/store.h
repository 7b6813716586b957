// The one writer of a .duo file (SQLite, WAL). Whoever has it has the lock beside the file (PATH.lock,
// flock).
//
// Group commit: conversations on different threads that record at the same time share one transaction and its
// sync; record() returns when its commit is durable. A commit is in the file whole or not at all, whatever
// happens.
//
// A Store may be called from any thread; a Recorder from one at a time, and only while its Store lives.
// Errors are kStore (the file can't be made, opened or written; locked, damaged, newer, not ours) with the
// path and what to do, or kNotFound (no such file or trial). After a failed write of the disk itself (not a
// full disk) every later record fails too: what is recorded stays readable, and `resume` goes on from there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/recorder.h"
#include "store/seams.h"
#include "store/values.h"

namespace duologue::store {

enum class Durability {
  kFull,    // synced at every commit: survives a power cut (synchronous=FULL)
  kNormal,  // survives a crash of the process; a power cut may take the last commits, never part of one
};

class Store {
 public:
  // Makes a new file, whole or not at all. An existing file is refused.
  static base::Result<std::unique_ptr<Store>> create(const std::string& path, const FileInfo& info,
                                                     Durability durability = Durability::kFull,
                                                     const Seams& seams = {});
  // Opens an existing file to go on: checks it for damage; an older format is migrated in a copy that then
  // takes the file's place, the old one stays as PATH.vN.
  static base::Result<std::unique_ptr<Store>> open(const std::string& path,
                                                   Durability durability = Durability::kFull,
                                                   const Seams& seams = {});
  ~Store();  // waits for nothing: all recorders must be done. Moves the WAL into the file.
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& path() const;

  // A new conversation. kStore if the id is taken.
  base::Status add_trial(const TrialRow& trial);

  // Goes on at the end of the trial's current branch, or starts it. If the trial had ended, its end reason is
  // taken back by the first record, and kept as an event ("ended").
  base::Result<std::unique_ptr<engine::Recorder>> recorder(std::uint32_t trial);

  // A resume with another spec (more turns): the old one stays in the file. Everything else of the run stays.
  base::Status set_spec(const std::string& spec_json);
  // A resume by another build, determinism level or spec: entries from here on are this run's. seed,
  // created_ms and uid are the file's and ignored.
  base::Status add_run(const FileInfo& info);

  // Vectors of texts for the file's cache, by the identity of the embedder that made them, all of one size.
  // What is there already stays. Reader::embeddings gives them back.
  base::Status add_embeddings(std::string_view embedder, std::span<const StoredEmbedding> embeddings);

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace duologue::store
