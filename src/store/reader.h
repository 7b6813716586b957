// Reads a .duo file, while another process may be writing it. Runs nothing that is in the file: no views, no
// triggers, no extension, and only tables that are exactly ours. An older format is read from a migrated
// temporary copy.
//
// One thread at a time; open one per thread. Errors: kStore (not a .duo file, newer than this program,
// damaged: what can be read stays readable, so a damaged trial doesn't keep others from being read),
// kNotFound (no such file, trial, branch or turn). Every entry's hash is checked against its content and its
// parent when read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "chat/transcript.h"
#include "engine/recorder.h"
#include "store/seams.h"
#include "store/values.h"

namespace duologue::store {

class Reader {
 public:
  static base::Result<std::unique_ptr<Reader>> open(const std::string& path, const Seams& seams = {});
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const std::string& path() const;
  // Whether the file is of an older format: what is read is a copy of it, brought up to date.
  bool reads_migrated_copy() const;
  base::Result<FileInfo> file_info();
  // Every run of the file, oldest first: the first made it, the others resumed it.
  base::Result<std::vector<FileInfo>> runs();

  base::Result<std::vector<TrialSummary>> trials();  // by id
  base::Result<TrialSummary> trial(std::uint32_t id);
  base::Result<std::vector<BranchInfo>> branches(std::uint32_t trial);  // by id: the first is the oldest

  // Of a branch, or of the trial's current one.
  base::Result<chat::Transcript> transcript(std::uint32_t trial, std::optional<BranchId> branch = {});
  base::Result<std::vector<StoredCall>> calls(std::uint32_t trial, std::optional<BranchId> branch = {});
  // Empty: no model made this turn.
  base::Result<std::optional<engine::Call>> call(std::uint32_t trial, std::uint32_t turn,
                                                 std::optional<BranchId> branch = {});
  // A Measurement's metric points into this Reader: valid as long as it lives.
  base::Result<std::vector<measure::Measurement>> measurements(std::uint32_t trial,
                                                               std::optional<BranchId> branch = {});
  base::Result<std::vector<measure::Detection>> detections(std::uint32_t trial,
                                                           std::optional<BranchId> branch = {});
  base::Result<std::vector<chat::ListenerStats>> listener_stats(std::uint32_t trial,
                                                                std::optional<BranchId> branch = {});
  base::Result<std::vector<StoredEvent>> events(std::uint32_t trial, std::optional<BranchId> branch = {});
  // When turn 1, 2, ... was recorded, milliseconds since 1970 UTC.
  base::Result<std::vector<std::int64_t>> turn_times_ms(std::uint32_t trial,
                                                        std::optional<BranchId> branch = {});

  // The cached vector of each text (its plain SHA-256), as the embedder of that identity gave it; empty: not
  // in the cache, which a file from before format version 2 never is.
  base::Result<std::vector<std::vector<float>>> embeddings(std::string_view embedder,
                                                           std::span<const base::Hash> texts);

  // The turns of a branch in order, one at a time, from one snapshot of the file. Stops at the first error
  // that `visit` returns, and returns it.
  using VisitTurn = std::function<base::Status(const TurnRecord& record)>;
  base::Status for_each_turn(std::uint32_t trial, std::optional<BranchId> branch, const VisitTurn& visit);

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace duologue::store
