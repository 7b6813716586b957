// Adds rows to an open .duo file: one function a table, statements prepared once, repeated values (models,
// parameters, authors, metrics, tokenizers) stored once. Within the caller's transaction. One thread at a
// time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chat/transcript.h"
#include "engine/recorder.h"
#include "store/sqlite.h"
#include "store/values.h"

namespace duologue::store {

class Rows {
 public:
  static base::Result<std::unique_ptr<Rows>> prepare(Connection& connection);
  ~Rows();

  base::Status add_trial(const TrialRow& trial, std::int64_t now_ms);  // with its first branch
  base::Result<BranchId> add_branch(std::uint32_t trial, std::optional<BranchId> parent,
                                    std::uint64_t fork_seq, std::int64_t now_ms);
  base::Status set_head(std::uint32_t trial, BranchId branch);
  base::Status set_end(std::uint32_t trial, const engine::EndReason& reason, std::int64_t now_ms);
  base::Status clear_end(std::uint32_t trial);

  // The new entry's id.
  base::Result<std::int64_t> add_entry(BranchId branch, std::uint64_t seq, const chat::Entry& entry,
                                       std::int64_t now_ms);
  base::Status add_call(std::int64_t entry, const engine::Call& call);
  base::Status add_listener(std::int64_t entry, const chat::ListenerStats& stats);  // what is there stays
  base::Status add_measurement(std::int64_t entry, const measure::Measurement& measurement);
  base::Status add_detection(std::int64_t entry, const measure::Detection& detection);
  base::Status add_event(BranchId branch, std::uint64_t seq, const engine::Event& event, std::int64_t now_ms);

  Connection& connection() { return connection_; }
  // After a rollback: what was stored once may not be stored any more.
  void forget();

 private:
  // Ids of a table's rows by their content.
  struct Known {
    Statement find;
    Statement insert;
    std::map<std::string, std::int64_t, std::less<>> ids;
  };
  struct Statements;

  explicit Rows(Connection& connection);
  base::Result<std::int64_t> found_or_inserted(Known& known, std::string key);
  base::Result<std::int64_t> text_id(Known& known, std::string_view text);
  base::Result<std::int64_t> model_id(std::string_view name, std::string_view identity);
  base::Result<std::int64_t> author_id(const chat::Author& author);
  base::Result<std::int64_t> tokenizer_id(const base::Hash& hash);
  base::Status add_participant(const TrialRow& trial, std::size_t position);

  base::Status bind_turn(const chat::Turn& turn);
  base::Status bind_injection(const chat::Injection& injection);
  base::Status bind_change(const chat::ConfigChange& change, const chat::Entry& entry);

  Connection& connection_;
  std::unique_ptr<Statements> statements_;

  // What add_entry's parameters point to until its row is in.
  struct Bound {
    std::string text;
    std::string reasoning;
    std::string tokens;
    std::string json;
  };
  Bound bound_;
};

}  // namespace duologue::store
