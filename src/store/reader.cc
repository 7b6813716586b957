#include "store/reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/chain.h"
#include "store/chain_cursor.h"
#include "store/codec.h"
#include "store/embedding_rows.h"
#include "store/open_file.h"
#include "store/row_decode.h"
#include "store/turn_walk.h"

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;

constexpr std::string_view kOfPart = "WHERE e.branch = ? AND e.seq >= ? AND e.seq < ? ";

}  // namespace

class Reader::Impl {
 public:
  Impl(std::string path, std::unique_ptr<Connection> connection)
      : path_(std::move(path)), connection_(std::move(connection)) {}

  bool is_temporary() const {
    const char* name = sqlite3_db_filename(connection_->handle(), "main");
    return name == nullptr || *name == '\0';  // SQLite's word for a nameless file
  }

  std::unexpected<base::Error> damaged(const std::string& what) const {
    return std::unexpected(damaged_error(what, path_));
  }
  base::Result<std::vector<FileInfo>> runs();
  base::Result<BranchId> head_of(std::uint32_t trial);
  // Of the branch, or the trial's current one. kNotFound where the trial has no such branch.
  base::Result<std::vector<Part>> parts(std::uint32_t trial, std::optional<BranchId> branch);
  base::Result<ChainCursor> walk(std::uint32_t trial, std::optional<BranchId> branch,
                                 const std::string& select);
  base::Result<TrialSummary> summary(const Statement& row);
  base::Status load_rest(TrialSummary& trial);
  base::Status load_cost(TrialSummary& trial);
  base::Status load_participants(TrialRow& trial);
  base::Result<std::vector<measure::Detection>> detections(std::vector<Part> chain);

  const std::string path_;
  const std::unique_ptr<Connection> connection_;
  MetricNames metrics_;
};

base::Result<std::vector<FileInfo>> Reader::Impl::runs() {
  TRY_ASSIGN(Statement row, connection_->prepare(
                                "SELECT x.name, r.spec, x.seed, r.duologue_version, r.determinism, r.build, "
                                "r.instrument, r.started_ms, x.uid FROM run r, experiment x ORDER BY r.id"));
  std::vector<FileInfo> infos;
  for (;;) {
    TRY_ASSIGN(const bool found, row.step());
    if (!found) break;
    const Cells cells(row);
    infos.push_back({cells.text(0), cells.text(1), cells.seed(2), cells.text(3), cells.text(4), cells.text(5),
                     cells.text(6), row.integer(7), cells.text(8)});
  }
  if (infos.empty()) return damaged("the experiment is missing");
  return infos;
}

base::Result<BranchId> Reader::Impl::head_of(std::uint32_t trial) {
  TRY_ASSIGN(Statement row, connection_->prepare("SELECT head_branch FROM trial WHERE id = ?"));
  row.bind(1, std::int64_t{trial});
  TRY_ASSIGN(const bool found, row.step());
  if (!found) return fail(ErrorKind::kNotFound, fmt::format("{} has no trial {}", path_, trial));
  Cells cells(row);
  const BranchId head = cells.u32(0);
  if (cells.bad()) return damaged(fmt::format("trial {} has no branch", trial));
  return head;
}

base::Result<std::vector<Part>> Reader::Impl::parts(std::uint32_t trial, std::optional<BranchId> branch) {
  TRY_ASSIGN(const BranchId head, head_of(trial));
  if (!branch) return load_parts(*connection_, head);
  TRY_ASSIGN(Statement row, connection_->prepare("SELECT 1 FROM branch WHERE id = ? AND trial = ?"));
  row.bind(1, std::int64_t{*branch}).bind(2, std::int64_t{trial});
  TRY_ASSIGN(const bool found, row.step());
  if (!found)
    return fail(ErrorKind::kNotFound, fmt::format("{}, trial {} has no branch {}", path_, trial, *branch));
  return load_parts(*connection_, *branch);
}

base::Result<ChainCursor> Reader::Impl::walk(std::uint32_t trial, std::optional<BranchId> branch,
                                             const std::string& select) {
  TRY_ASSIGN(std::vector<Part> chain, parts(trial, branch));
  return ChainCursor::open(*connection_, std::move(chain), select);
}

base::Status Reader::Impl::load_participants(TrialRow& trial) {
  TRY_ASSIGN(Statement row,
             connection_->prepare(
                 "SELECT p.name, p.asked_model, m.name, m.identity, p.system_prompt, p.system_prompt_raw, "
                 "p.memory, p.reasoning, p.prompting, s.json, p.position FROM participant p "
                 "LEFT JOIN model m ON m.id = p.model LEFT JOIN params s ON s.id = p.params "
                 "WHERE p.trial = ? ORDER BY p.position"));
  row.bind(1, std::int64_t{trial.id});
  for (;;) {
    TRY_ASSIGN(const bool found, row.step());
    if (!found) return {};
    const Cells cells(row);
    const auto memory = memory_from_text(row.text(6));
    const auto reasoning = reasoning_from_text(row.text(7));
    auto sampling = chat::sampling_from_json(row.text(9));
    if (!memory || !reasoning || !sampling || row.integer(10) != std::int64_t(trial.participants.size())) {
      return damaged(fmt::format("participant {} of trial {}", trial.participants.size() + 1, trial.id));
    }
    trial.participants.push_back({cells.text(0), cells.text(1), cells.text(2), cells.text(3),
                                  cells.text_pair(4, 5), *memory, *reasoning, row.text(8) == "raw",
                                  std::move(*sampling)});
  }
}

base::Result<std::vector<measure::Detection>> Reader::Impl::detections(std::vector<Part> chain) {
  TRY_ASSIGN(ChainCursor cursor,
             ChainCursor::open(
                 *connection_, std::move(chain),
                 fmt::format("SELECT e.seq, d.id, 0, {}FROM entry e JOIN detection d ON d.entry = e.id {}"
                             "ORDER BY e.seq, d.id",
                             kDetectionColumns, kOfPart)));
  std::vector<measure::Detection> found;
  for (;;) {
    TRY_ASSIGN(const bool row, cursor.next());
    if (!row) return found;
    auto detection = decode_detection(cursor.row(), 3);
    if (!detection) return damaged("a detection");
    found.push_back(std::move(*detection));
  }
}

base::Result<TrialSummary> Reader::Impl::summary(const Statement& row) {
  Cells cells(row);
  TrialSummary trial;
  trial.row.id = cells.u32(0);
  trial.row.opening = cells.text_pair(1, 2);
  trial.row.repeat = cells.u32(3);
  trial.head = cells.u32(4);
  trial.created_ms = row.integer(5);
  if (!row.is_null(6)) {
    const auto cause = engine::end_cause_from(row.text(6));
    if (!cause) cells.spoil();
    trial.end = engine::EndReason{cause.value_or(engine::EndCause::kFailed), cells.text(7)};
    trial.ended_ms = row.integer(8);
  }
  if (cells.bad()) return damaged("a row of trials");
  // A damaged conversation must not keep the others from being listed.
  if (const base::Status read = load_rest(trial); !read) trial.damage = read.error().message;
  return trial;
}

// What was said and then edited away has been paid for as well.
base::Status Reader::Impl::load_cost(TrialSummary& trial) {
  TRY_ASSIGN(Statement row,
             connection_->prepare("SELECT sum(c.cost_usd), count(*) - count(c.cost_usd) FROM branch b "
                                  "CROSS JOIN entry e ON e.branch = b.id CROSS JOIN call c ON c.entry = e.id "
                                  "WHERE b.trial = ?"));
  row.bind(1, std::int64_t{trial.row.id});
  TRY(row.step());
  trial.cost_usd = row.maybe_real(0);
  trial.unpriced_calls = static_cast<std::uint64_t>(row.integer(1));
  return {};
}

base::Status Reader::Impl::load_rest(TrialSummary& trial) {
  TRY(load_participants(trial.row));
  TRY_ASSIGN(const std::vector<Part> chain, load_parts(*connection_, trial.head));
  TRY_ASSIGN(const Extent extent, load_extent(*connection_, chain));
  trial.entries = extent.entries;
  trial.turns = extent.turns;
  TRY_ASSIGN(auto found, detections(chain));
  for (measure::Detection& detection : found) {
    if (std::ranges::find(trial.labels, detection.label) == trial.labels.end()) {
      trial.labels.push_back(detection.label);
    }
    if (!trial.converged && detection.label == "converged") trial.converged = std::move(detection);
  }
  return load_cost(trial);
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

base::Result<std::unique_ptr<Reader>> Reader::open(const std::string& path, const Seams& seams) {
  TRY_ASSIGN(const std::string real, real_path(path));
  TRY_ASSIGN(auto connection, open_to_read(real, seams));
  return std::unique_ptr<Reader>(new Reader(std::make_unique<Impl>(path, std::move(connection))));
}

bool Reader::reads_migrated_copy() const { return impl_->is_temporary(); }

const std::string& Reader::path() const { return impl_->path_; }

base::Result<FileInfo> Reader::file_info() {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(std::vector<FileInfo> all, impl_->runs());
  all.back().created_ms = all.front().created_ms;
  return std::move(all.back());
}

base::Result<std::vector<FileInfo>> Reader::runs() { return impl_->runs(); }

namespace {
constexpr std::string_view kTrialSelect =
    "SELECT id, opening, opening_raw, repeat, head_branch, created_ms, end_cause, end_detail, ended_ms FROM "
    "trial ";
}  // namespace

base::Result<std::vector<TrialSummary>> Reader::trials() {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(Statement row, impl_->connection_->prepare(fmt::format("{}ORDER BY id", kTrialSelect)));
  std::vector<TrialSummary> trials;
  for (;;) {
    TRY_ASSIGN(const bool found, row.step());
    if (!found) return trials;
    TRY_ASSIGN(TrialSummary trial, impl_->summary(row));
    if (!trials.empty() && trial.row.id <= trials.back().row.id) return impl_->damaged("trials out of order");
    trials.push_back(std::move(trial));
  }
}

base::Result<TrialSummary> Reader::trial(std::uint32_t id) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(Statement row, impl_->connection_->prepare(fmt::format("{}WHERE id = ?", kTrialSelect)));
  row.bind(1, std::int64_t{id});
  TRY_ASSIGN(const bool found, row.step());
  if (!found) return fail(ErrorKind::kNotFound, fmt::format("{} has no trial {}", impl_->path_, id));
  return impl_->summary(row);
}

base::Result<std::vector<BranchInfo>> Reader::branches(std::uint32_t trial) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(const BranchId head, impl_->head_of(trial));
  TRY_ASSIGN(Statement row,
             impl_->connection_->prepare(
                 "SELECT id, parent, fork_seq, created_ms FROM branch WHERE trial = ? ORDER BY id"));
  row.bind(1, std::int64_t{trial});
  std::vector<BranchInfo> branches;
  for (;;) {
    TRY_ASSIGN(const bool found, row.step());
    if (!found) return branches;
    Cells cells(row);
    BranchInfo branch;
    branch.id = cells.u32(0);
    branch.parent = cells.maybe_u32(1);
    branch.fork_seq = static_cast<std::uint64_t>(row.integer(2));
    branch.created_ms = row.integer(3);
    branch.head = branch.id == head;
    if (cells.bad() || (!branches.empty() && branch.id <= branches.back().id))
      return impl_->damaged("a row of branches");
    TRY_ASSIGN(const std::vector<Part> chain, load_parts(*impl_->connection_, branch.id));
    TRY_ASSIGN(const Extent extent, load_extent(*impl_->connection_, chain));
    branch.entries = extent.entries;
    branch.turns = extent.turns;
    branches.push_back(branch);
  }
}

base::Result<chat::Transcript> Reader::transcript(std::uint32_t trial, std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(ChainCursor cursor,
             impl_->walk(trial, branch, fmt::format("{}{}ORDER BY e.seq", kEntrySelect, kOfPart)));
  chat::Transcript transcript;
  for (;;) {
    TRY_ASSIGN(const bool row, cursor.next());
    if (!row) return transcript;
    auto entry = decode_entry(cursor.row());
    if (!entry || entry->seq != transcript.size()) return impl_->damaged(misplaced(trial, transcript.size()));
    if (const auto added = transcript.append_stored(std::move(entry->what), entry->hash); !added) {
      return std::unexpected(changed_error(added.error(), impl_->path_, trial));
    }
  }
}

base::Result<std::vector<StoredCall>> Reader::calls(std::uint32_t trial, std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(
      ChainCursor cursor,
      impl_->walk(trial, branch,
                  fmt::format("SELECT e.seq, e.turn, 0, {}FROM entry e CROSS JOIN {}{}AND c.entry = e.id "
                              "ORDER BY e.seq",
                              kCallColumns, kCallTables, kOfPart)));
  std::vector<StoredCall> calls;
  for (;;) {
    TRY_ASSIGN(const bool row, cursor.next());
    if (!row) return calls;
    auto call = decode_call(cursor.row(), 3);
    if (!call) return impl_->damaged("a call");
    calls.push_back({Cells(cursor.row()).u32(1), std::move(*call)});
  }
}

base::Result<std::optional<engine::Call>> Reader::call(std::uint32_t trial, std::uint32_t turn,
                                                       std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(const std::vector<Part> chain, impl_->parts(trial, branch));
  TRY_ASSIGN(
      ChainCursor cursor,
      ChainCursor::open(*impl_->connection_, chain,
                        fmt::format("SELECT e.seq, e.id, 0 FROM entry e {}AND e.kind = 1 AND e.turn = {} "
                                    "ORDER BY e.seq LIMIT 1",
                                    kOfPart, turn)));
  TRY_ASSIGN(const bool found, cursor.next());
  if (!found) {
    TRY_ASSIGN(const Extent extent, load_extent(*impl_->connection_, chain));
    return fail(ErrorKind::kNotFound, fmt::format("{}, trial {} has no turn {} (it has {})", impl_->path_,
                                                  trial, turn, extent.turns));
  }
  TRY_ASSIGN(Statement row, impl_->connection_->prepare(
                                fmt::format("SELECT {}FROM {}WHERE c.entry = ?", kCallColumns, kCallTables)));
  row.bind(1, cursor.row().integer(1));
  TRY_ASSIGN(const bool made, row.step());
  if (!made) return std::optional<engine::Call>();
  auto call = decode_call(row, 0);
  if (!call) return impl_->damaged("a call");
  return call;
}

base::Result<std::vector<measure::Measurement>> Reader::measurements(std::uint32_t trial,
                                                                     std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(ChainCursor cursor,
             impl_->walk(trial, branch,
                         fmt::format("SELECT e.seq, m.metric, m.participant, e.turn, m.value FROM entry e "
                                     "CROSS JOIN measurement m {}AND m.entry = e.id "
                                     "ORDER BY e.seq, m.metric, m.participant",
                                     kOfPart)));
  std::vector<measure::Measurement> found;
  for (;;) {
    TRY_ASSIGN(const bool row, cursor.next());
    if (!row) return found;
    TRY_ASSIGN(measure::Measurement one,
               impl_->metrics_.measurement(*impl_->connection_, cursor.row(), 1, Cells(cursor.row()).u32(3)));
    one.value = cursor.row().maybe_real(4);
    found.push_back(one);
  }
}

base::Result<std::vector<measure::Detection>> Reader::detections(std::uint32_t trial,
                                                                 std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(std::vector<Part> chain, impl_->parts(trial, branch));
  return impl_->detections(std::move(chain));
}

base::Result<std::vector<chat::ListenerStats>> Reader::listener_stats(std::uint32_t trial,
                                                                      std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(
      ChainCursor cursor,
      impl_->walk(
          trial, branch,
          fmt::format("SELECT e.seq, l.participant, 0, e.turn, l.surprisal_bpb FROM entry e CROSS JOIN "
                      "listener l {}AND l.entry = e.id ORDER BY e.seq, l.participant",
                      kOfPart)));
  std::vector<chat::ListenerStats> found;
  for (;;) {
    TRY_ASSIGN(const bool row, cursor.next());
    if (!row) return found;
    Cells cells(cursor.row());
    found.push_back({cells.u32(3), cells.u32(1), listener_value(cursor.row(), 4)});
  }
}

base::Result<std::vector<StoredEvent>> Reader::events(std::uint32_t trial, std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(ChainCursor cursor, impl_->walk(trial, branch, std::string(kEventSelect)));
  std::vector<StoredEvent> events;
  for (;;) {
    TRY_ASSIGN(const bool row, cursor.next());
    if (!row) return events;
    events.push_back(decode_event(cursor.row()));
  }
}

base::Result<std::vector<std::int64_t>> Reader::turn_times_ms(std::uint32_t trial,
                                                              std::optional<BranchId> branch) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(
      ChainCursor cursor,
      impl_->walk(trial, branch,
                  fmt::format("SELECT e.seq, 0, 0, e.created_ms FROM entry e {}AND e.kind = 1 ORDER BY e.seq",
                              kOfPart)));
  std::vector<std::int64_t> times;
  for (;;) {
    TRY_ASSIGN(const bool row, cursor.next());
    if (!row) return times;
    times.push_back(cursor.row().integer(3));
  }
}

base::Result<std::vector<std::vector<float>>> Reader::embeddings(std::string_view embedder,
                                                                 std::span<const base::Hash> texts) {
  const Snapshot snapshot(*impl_->connection_);
  return load_embedding_rows(*impl_->connection_, embedder, texts);
}

base::Status Reader::for_each_turn(std::uint32_t trial, std::optional<BranchId> branch,
                                   const VisitTurn& visit) {
  const Snapshot snapshot(*impl_->connection_);
  TRY_ASSIGN(std::vector<Part> chain, impl_->parts(trial, branch));
  TRY_ASSIGN(TurnWalk walk, TurnWalk::open(*impl_->connection_, std::move(chain), trial, impl_->metrics_));
  for (;;) {
    TRY_ASSIGN(const auto record, walk.next());
    if (!record) return {};
    TRY(visit(*record));
  }
}

}  // namespace duologue::store
