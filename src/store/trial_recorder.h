// One conversation's recorder: turns commits into rows at the end of its current branch. One thread at a
// time; lives no longer than its writer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "engine/recorder.h"
#include "store/chain.h"
#include "store/writer.h"

namespace duologue::store {

class TrialRecorder final : public engine::Recorder {
 public:
  // Reads where the trial stands. kNotFound: no such trial.
  static base::Result<std::unique_ptr<TrialRecorder>> load(Writer& writer, std::uint32_t trial,
                                                           const base::Clock& clock);

  base::Status record(const engine::Commit& commit) override;
  base::Status finish(const engine::EndReason& reason) override;
  void begin(const engine::Commit& commit) override;
  base::Status settle() override;

 private:
  // Where a turn of the chain stands: its entry's id and position.
  struct Place {
    std::int64_t entry = 0;
    std::uint64_t seq = 0;
  };
  // How the trial ended, last time.
  struct End {
    engine::EndReason reason;
    std::int64_t ended_ms = 0;
  };
  // What a commit changes here, once it is in the file.
  struct Next {
    std::optional<std::vector<Part>> parts;  // after a fork
    std::size_t turns_kept = 0;
    std::vector<Place> new_turns;
    std::uint64_t size = 0;
    base::Hash head;
  };

  TrialRecorder(Writer& writer, std::uint32_t trial, const base::Clock& clock)
      : writer_(writer), trial_(trial), clock_(clock) {}
  base::Status load_from(Connection& connection);
  base::Status load_trial_row(Connection& connection, BranchId& head);

  base::Status write(Rows& rows, const engine::Commit& commit, std::int64_t now_ms, Next& next) const;
  base::Status write_end_as_event(Rows& rows) const;
  base::Status fork(Rows& rows, std::uint64_t size, std::int64_t now_ms, Next& next) const;
  base::Status write_entries(Rows& rows, const engine::Commit& commit, std::int64_t now_ms, Next& next,
                             std::int64_t& last_entry) const;
  base::Status write_findings(Rows& rows, const engine::Commit& commit, const Next& next) const;
  base::Result<std::int64_t> entry_of_turn(std::uint32_t turn, const Next& next) const;
  base::Status internal_error(const std::string& what) const;

  Writer& writer_;
  const std::uint32_t trial_;
  const base::Clock& clock_;
  std::string path_;
  std::vector<Part> parts_;
  std::vector<Place> turns_;
  std::uint64_t size_ = 0;  // entries of the chain
  base::Hash head_;
  std::optional<End> end_;
  // Of the commit that was begun.
  Writer::Job job_;
  Next next_;
};

}  // namespace duologue::store
