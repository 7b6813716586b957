// A conversation turn by turn, each with everything that is stored of it: what Reader::for_each_turn walks
// over. Memory holds one turn at a time. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/chain_cursor.h"
#include "store/row_decode.h"
#include "store/sqlite.h"
#include "store/values.h"

namespace duologue::store {

// One state of the file while it lives, whatever a writer does meanwhile. Nests.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection* connection_;  // null: an outer one holds
};

// Metric names by id. What it gave out stays valid as long as it lives.
class MetricNames {
 public:
  // Metric id and participant from columns `first` and `first` + 1.
  base::Result<measure::Measurement> measurement(Connection& connection, const Statement& row, int first,
                                                 std::uint32_t turn);

 private:
  base::Result<std::string_view> name(Connection& connection, std::int64_t id);
  std::map<std::int64_t, std::string> names_;
};

// For ChainCursor: an event belongs to a branch up to where that was forked, the fork's own position
// included.
inline constexpr std::string_view kEventSelect =
    "SELECT seq, id, 0, turn, kind, detail, created_ms FROM event "
    "WHERE branch = ? AND seq >= ? AND seq <= ? ORDER BY seq, id";
StoredEvent decode_event(const Statement& row);
double listener_value(const Statement& row, int column);  // NULL is NaN

std::string misplaced(std::uint32_t trial, std::uint64_t seq);
base::Error changed_error(const base::Error& why, const std::string& path, std::uint32_t trial);

class TurnWalk {
 public:
  static base::Result<TurnWalk> open(Connection& connection, std::vector<Part> parts, std::uint32_t trial,
                                     MetricNames& metrics);
  base::Result<std::optional<TurnRecord>> next();  // empty: that was all

 private:
  TurnWalk(Connection& connection, std::uint32_t trial, MetricNames& metrics, ChainCursor entries,
           ChainCursor events);

  base::Result<std::optional<StoredEntry>> next_entry();
  base::Result<chat::EntryPtr> checked(StoredEntry stored);
  base::Status take_events(std::optional<std::uint32_t> through_turn, TurnRecord& record);
  base::Status add_findings(std::int64_t entry, TurnRecord& record);
  base::Status add_measurements(std::int64_t entry, TurnRecord& record);

  Connection* connection_;
  std::uint32_t trial_;
  MetricNames* metrics_;
  ChainCursor entries_;
  ChainCursor events_;
  Statement call_, measurement_, listener_, detection_;
  std::optional<StoredEvent> waiting_event_;
  bool events_done_ = false;
  bool done_ = false;
  std::uint64_t size_ = 0;
  std::uint32_t turns_ = 0;
  base::Hash head_;
};

}  // namespace duologue::store
