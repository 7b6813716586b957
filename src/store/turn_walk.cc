#include "store/turn_walk.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace duologue::store {

Snapshot::Snapshot(Connection& connection)
    : connection_(connection.in_transaction() ? nullptr : &connection) {
  // Taken with the first read; where this fails, that fails too, and says why.
  if (connection_ != nullptr) (void)connection_->exec("BEGIN");
}

Snapshot::~Snapshot() {
  if (connection_ != nullptr && connection_->in_transaction()) (void)connection_->exec("END");
}

base::Result<std::string_view> MetricNames::name(Connection& connection, std::int64_t id) {
  if (const auto it = names_.find(id); it != names_.end()) return std::string_view(it->second);
  TRY_ASSIGN(Statement row, connection.prepare("SELECT name FROM metric WHERE id = ?"));
  row.bind(1, id);
  TRY_ASSIGN(const bool found, row.step());
  if (!found)
    return std::unexpected(damaged_error(fmt::format("metric {} is missing", id), connection.path()));
  return std::string_view(names_.emplace(id, row.text(0)).first->second);
}

base::Result<measure::Measurement> MetricNames::measurement(Connection& connection, const Statement& row,
                                                            int first, std::uint32_t turn) {
  measure::Measurement one;
  one.turn = turn;
  TRY_ASSIGN(one.metric, name(connection, row.integer(first)));
  const std::int64_t who = row.integer(first + 1);
  if (who >= 0) one.participant = static_cast<chat::ParticipantId>(who);
  return one;
}

StoredEvent decode_event(const Statement& row) {
  const Cells cells(row);
  StoredEvent event;
  event.seq = static_cast<std::uint64_t>(row.integer(0));
  event.event = {static_cast<std::uint32_t>(row.integer(3)), cells.text(4), cells.text(5)};
  event.created_ms = row.integer(6);
  return event;
}

double listener_value(const Statement& row, int column) {
  return row.maybe_real(column).value_or(std::numeric_limits<double>::quiet_NaN());
}

std::string misplaced(std::uint32_t trial, std::uint64_t seq) {
  return fmt::format("trial {}, entry {} is missing or can't be right", trial, seq);
}

base::Error changed_error(const base::Error& why, const std::string& path, std::uint32_t trial) {
  return {base::ErrorKind::kStore,
          fmt::format("{0}, trial {1}: {2}: `duologue export {0}` gives the turns before it", path, trial,
                      why.message),
          std::nullopt};
}

TurnWalk::TurnWalk(Connection& connection, std::uint32_t trial, MetricNames& metrics, ChainCursor entries,
                   ChainCursor events)
    : connection_(&connection),
      trial_(trial),
      metrics_(&metrics),
      entries_(std::move(entries)),
      events_(std::move(events)) {}

base::Result<TurnWalk> TurnWalk::open(Connection& connection, std::vector<Part> parts, std::uint32_t trial,
                                      MetricNames& metrics) {
  TRY_ASSIGN(ChainCursor events, ChainCursor::open(connection, parts, std::string(kEventSelect)));
  TRY_ASSIGN(ChainCursor entries,
             ChainCursor::open(connection, std::move(parts),
                               fmt::format("{}WHERE e.branch = ? AND e.seq >= ? AND e.seq < ? ORDER BY e.seq",
                                           kEntrySelect)));
  TurnWalk walk(connection, trial, metrics, std::move(entries), std::move(events));
  TRY_ASSIGN(walk.call_,
             connection.prepare(fmt::format("SELECT {}FROM {}WHERE c.entry = ?", kCallColumns, kCallTables)));
  TRY_ASSIGN(walk.measurement_,
             connection.prepare("SELECT metric, participant, value FROM measurement WHERE entry = ? "
                                "ORDER BY metric, participant"));
  TRY_ASSIGN(walk.listener_,
             connection.prepare(
                 "SELECT participant, surprisal_bpb FROM listener WHERE entry = ? ORDER BY participant"));
  TRY_ASSIGN(walk.detection_,
             connection.prepare(fmt::format("SELECT {}FROM detection d WHERE d.entry = ? ORDER BY d.id",
                                            kDetectionColumns)));
  return walk;
}

base::Result<std::optional<StoredEntry>> TurnWalk::next_entry() {
  TRY_ASSIGN(const bool row, entries_.next());
  if (!row) return std::optional<StoredEntry>();
  auto entry = decode_entry(entries_.row());
  if (!entry || entry->seq != size_)
    return std::unexpected(damaged_error(misplaced(trial_, size_), connection_->path()));
  return entry;
}

base::Result<chat::EntryPtr> TurnWalk::checked(StoredEntry stored) {
  const base::Hash hash = chat::entry_hash(head_, stored.what);
  if (hash != stored.hash) {
    const base::Error why{
        base::ErrorKind::kStore,
        fmt::format("entry {} was changed after it was recorded (hash {}, its content gives {})", size_,
                    stored.hash.short_hex(), hash.short_hex()),
        std::nullopt};
    return std::unexpected(changed_error(why, connection_->path(), trial_));
  }
  auto entry = std::make_shared<chat::Entry>();
  entry->parent = head_;
  entry->hash = hash;
  entry->what = std::move(stored.what);
  if (entry->as_turn() != nullptr) ++turns_;
  entry->turn = turns_;
  head_ = hash;
  ++size_;
  return entry;
}

base::Result<std::optional<TurnRecord>> TurnWalk::next() {
  if (done_) return std::optional<TurnRecord>();
  TurnRecord record;
  for (;;) {
    TRY_ASSIGN(auto stored, next_entry());
    if (!stored) break;
    const std::int64_t id = stored->id;
    record.seq = stored->seq;
    record.created_ms = stored->created_ms;
    TRY_ASSIGN(chat::EntryPtr entry, checked(std::move(*stored)));
    if (entry->as_turn() == nullptr) {
      record.before.push_back(std::move(entry));
      continue;
    }
    record.turn = std::move(entry);
    TRY(take_events(turns_, record));
    TRY(add_findings(id, record));
    return record;
  }
  done_ = true;
  TRY(take_events(std::nullopt, record));
  if (record.before.empty() && record.events.empty()) return std::optional<TurnRecord>();
  return record;
}

base::Status TurnWalk::take_events(std::optional<std::uint32_t> through_turn, TurnRecord& record) {
  while (!events_done_) {
    if (!waiting_event_) {
      TRY_ASSIGN(const bool row, events_.next());
      if (!row) {
        events_done_ = true;
        return {};
      }
      waiting_event_ = decode_event(events_.row());
    }
    if (through_turn && waiting_event_->event.turn > *through_turn) return {};
    record.events.push_back(std::move(*waiting_event_));
    waiting_event_.reset();
  }
  return {};
}

base::Status TurnWalk::add_findings(std::int64_t entry, TurnRecord& record) {
  call_.bind(1, entry);
  TRY_ASSIGN(const bool called, call_.step());
  if (called) {
    record.call = decode_call(call_, 0);
    call_.reset();
    if (!record.call) return std::unexpected(damaged_error("a call", connection_->path()));
  }
  TRY(add_measurements(entry, record));
  listener_.bind(1, entry);
  for (;;) {
    TRY_ASSIGN(const bool row, listener_.step());
    if (!row) break;
    record.listener.push_back({turns_, Cells(listener_).u32(0), listener_value(listener_, 1)});
  }
  detection_.bind(1, entry);
  for (;;) {
    TRY_ASSIGN(const bool row, detection_.step());
    if (!row) return {};
    auto detection = decode_detection(detection_, 0);
    if (!detection) {
      detection_.reset();
      return std::unexpected(damaged_error("a detection", connection_->path()));
    }
    record.detections.push_back(std::move(*detection));
  }
}

base::Status TurnWalk::add_measurements(std::int64_t entry, TurnRecord& record) {
  measurement_.bind(1, entry);
  for (;;) {
    TRY_ASSIGN(const bool row, measurement_.step());
    if (!row) return {};
    TRY_ASSIGN(measure::Measurement one, metrics_->measurement(*connection_, measurement_, 0, turns_));
    one.value = measurement_.maybe_real(2);
    record.measurements.push_back(one);
  }
}

}  // namespace duologue::store
