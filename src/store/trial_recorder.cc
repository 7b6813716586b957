#include "store/trial_recorder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;

base::Result<base::Hash> load_hash(Connection& connection, const std::vector<Part>& parts,
                                   std::uint64_t seq) {
  TRY_ASSIGN(Statement statement, connection.prepare("SELECT hash FROM entry WHERE branch = ? AND seq = ?"));
  statement.bind(1, std::int64_t{part_of(parts, seq).branch}).bind(2, static_cast<std::int64_t>(seq));
  TRY_ASSIGN(const bool found, statement.step());
  base::Hash hash;
  const std::string_view bytes = found ? statement.blob(0) : std::string_view();
  if (bytes.size() != hash.bytes.size()) {
    return std::unexpected(damaged_error(
        fmt::format("entry {} of branch {} is missing", seq, parts.back().branch), connection.path()));
  }
  std::memcpy(hash.bytes.data(), bytes.data(), bytes.size());
  return hash;
}

}  // namespace

base::Result<std::unique_ptr<TrialRecorder>> TrialRecorder::load(Writer& writer, std::uint32_t trial,
                                                                 const base::Clock& clock) {
  std::unique_ptr<TrialRecorder> recorder;
  const base::Status loaded = writer.submit([&](Rows& rows) -> base::Status {
    recorder.reset(new TrialRecorder(writer, trial, clock));
    return recorder->load_from(rows.connection());
  });
  TRY(loaded);
  return recorder;
}

base::Status TrialRecorder::load_trial_row(Connection& connection, BranchId& head) {
  TRY_ASSIGN(
      Statement row,
      connection.prepare("SELECT head_branch, end_cause, end_detail, ended_ms FROM trial WHERE id = ?"));
  row.bind(1, std::int64_t{trial_});
  TRY_ASSIGN(const bool found, row.step());
  if (!found) return fail(ErrorKind::kNotFound, fmt::format("{} has no trial {}", path_, trial_));
  head = static_cast<BranchId>(row.integer(0));
  if (row.is_null(1)) return {};
  const auto cause = engine::end_cause_from(row.text(1)).value_or(engine::EndCause::kFailed);
  end_ = End{{cause, std::string(row.text(2))}, row.integer(3)};
  return {};
}

base::Status TrialRecorder::load_from(Connection& connection) {
  path_ = connection.path();
  BranchId head = 0;
  TRY(load_trial_row(connection, head));
  TRY_ASSIGN(parts_, load_parts(connection, head));
  TRY_ASSIGN(const Extent extent, load_extent(connection, parts_));
  TRY_ASSIGN(Statement turns,
             connection.prepare("SELECT id, seq FROM entry WHERE branch = ? AND seq >= ? AND seq < ? "
                                "AND kind = 1 ORDER BY seq"));
  for (const Part& part : parts_) {
    turns.bind(1, std::int64_t{part.branch}).bind(2, static_cast<std::int64_t>(part.first_seq));
    turns.bind(3, static_cast<std::int64_t>(part.end_seq));
    for (;;) {
      TRY_ASSIGN(const bool row, turns.step());
      if (!row) break;
      turns_.push_back({turns.integer(0), static_cast<std::uint64_t>(turns.integer(1))});
      if (turns_.size() > extent.turns) {
        return std::unexpected(damaged_error(fmt::format("trial {} has turns too many", trial_), path_));
      }
    }
  }
  size_ = extent.entries;
  if (size_ > 0) {
    TRY_ASSIGN(head_, load_hash(connection, parts_, size_ - 1));
  }
  return {};
}

base::Status TrialRecorder::record(const engine::Commit& commit) {
  begin(commit);
  return settle();
}

void TrialRecorder::begin(const engine::Commit& commit) {
  job_.work = [this, &commit, now_ms = clock_.unix_ms()](Rows& rows) -> base::Status {
    next_ = Next{.parts = {}, .turns_kept = turns_.size(), .new_turns = {}, .size = size_, .head = head_};
    return write(rows, commit, now_ms, next_);
  };
  writer_.begin(job_);
}

base::Status TrialRecorder::settle() {
  TRY(writer_.wait(job_));
  if (next_.parts) parts_ = std::move(*next_.parts);
  turns_.resize(next_.turns_kept);
  turns_.insert(turns_.end(), next_.new_turns.begin(), next_.new_turns.end());
  size_ = next_.size;
  head_ = next_.head;
  end_.reset();
  return {};
}

base::Status TrialRecorder::finish(const engine::EndReason& reason) {
  const std::int64_t now_ms = clock_.unix_ms();
  const base::Status written = writer_.submit([&](Rows& rows) -> base::Status {
    TRY(write_end_as_event(rows));
    return rows.set_end(trial_, reason, now_ms);
  });
  TRY(written);
  end_ = End{reason, now_ms};
  return {};
}

base::Status TrialRecorder::write(Rows& rows, const engine::Commit& commit, std::int64_t now_ms,
                                  Next& next) const {
  if (end_) {
    TRY(write_end_as_event(rows));
    TRY(rows.clear_end(trial_));
  }
  if (commit.fork_at) TRY(fork(rows, *commit.fork_at, now_ms, next));
  std::int64_t last_entry = 0;
  TRY(write_entries(rows, commit, now_ms, next, last_entry));
  if (commit.call) {
    if (last_entry == 0) return internal_error("a call without an entry");
    TRY(rows.add_call(last_entry, *commit.call));
  }
  TRY(write_findings(rows, commit, next));
  const BranchId branch = next.parts ? next.parts->back().branch : parts_.back().branch;
  for (const engine::Event& event : commit.events) TRY(rows.add_event(branch, next.size, event, now_ms));
  return {};
}

base::Status TrialRecorder::write_end_as_event(Rows& rows) const {
  if (!end_) return {};
  engine::Event event{static_cast<std::uint32_t>(turns_.size()), "ended",
                      std::string(engine::to_string(end_->reason.cause))};
  if (!end_->reason.detail.empty()) event.detail += ": " + end_->reason.detail;
  return rows.add_event(parts_.back().branch, size_, event, end_->ended_ms);
}

base::Status TrialRecorder::fork(Rows& rows, std::uint64_t size, std::int64_t now_ms, Next& next) const {
  if (size > size_) return internal_error(fmt::format("a fork at {} of {} entries", size, size_));
  std::vector<Part> parts = cut(parts_, size);
  TRY_ASSIGN(const BranchId branch, rows.add_branch(trial_, parts.back().branch, size, now_ms));
  TRY(rows.set_head(trial_, branch));
  next.head = base::Hash{};
  if (size > 0) {
    TRY_ASSIGN(next.head, load_hash(rows.connection(), parts, size - 1));
  }
  parts.push_back({branch, size, kOpenEnd});
  next.parts = std::move(parts);
  next.size = size;
  const auto first_gone = std::ranges::find_if(turns_, [size](const Place& at) { return at.seq >= size; });
  next.turns_kept = static_cast<std::size_t>(first_gone - turns_.begin());
  return {};
}

base::Status TrialRecorder::write_entries(Rows& rows, const engine::Commit& commit, std::int64_t now_ms,
                                          Next& next, std::int64_t& last_entry) const {
  const BranchId branch = next.parts ? next.parts->back().branch : parts_.back().branch;
  for (const chat::EntryPtr& entry : commit.entries) {
    const std::size_t turn = next.turns_kept + next.new_turns.size() + (entry->as_turn() != nullptr ? 1 : 0);
    if (entry->parent != next.head || entry->turn != turn) {
      return internal_error(fmt::format("entry {} doesn't continue the recorded chain at {}",
                                        entry->hash.short_hex(), next.head.short_hex()));
    }
    TRY_ASSIGN(last_entry, rows.add_entry(branch, next.size, *entry, now_ms));
    if (entry->as_turn() != nullptr) next.new_turns.push_back({last_entry, next.size});
    next.head = entry->hash;
    ++next.size;
  }
  return {};
}

base::Status TrialRecorder::write_findings(Rows& rows, const engine::Commit& commit, const Next& next) const {
  for (const chat::ListenerStats& stats : commit.listener) {
    TRY_ASSIGN(const std::int64_t entry, entry_of_turn(stats.turn, next));
    TRY(rows.add_listener(entry, stats));
  }
  for (const measure::Measurement& measurement : commit.measurements) {
    TRY_ASSIGN(const std::int64_t entry, entry_of_turn(measurement.turn, next));
    TRY(rows.add_measurement(entry, measurement));
  }
  for (const measure::Detection& detection : commit.detections) {
    TRY_ASSIGN(const std::int64_t entry, entry_of_turn(detection.detected_at, next));
    TRY(rows.add_detection(entry, detection));
  }
  return {};
}

base::Result<std::int64_t> TrialRecorder::entry_of_turn(std::uint32_t turn, const Next& next) const {
  if (turn >= 1 && turn <= next.turns_kept) return turns_[turn - 1].entry;
  if (turn > next.turns_kept && turn - next.turns_kept <= next.new_turns.size()) {
    return next.new_turns[turn - next.turns_kept - 1].entry;
  }
  return std::unexpected(
      internal_error(fmt::format("a finding at turn {}, which isn't there", turn)).error());
}

base::Status TrialRecorder::internal_error(const std::string& what) const {
  return fail(ErrorKind::kInternal, fmt::format("can't record to {}, trial {}: {}", path_, trial_, what));
}

}  // namespace duologue::store
