// From the rows of a foreign file to values: everything is checked for its range, nothing is guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "chat/transcript.h"
#include "engine/recorder.h"
#include "measure/findings.h"
#include "store/sqlite.h"

namespace duologue::store {

// Reads a row's cells; `bad()` once any of them can't be right.
class Cells {
 public:
  explicit Cells(const Statement& row) : row_(row) {}

  std::uint32_t u32(int column);
  std::optional<std::uint32_t> maybe_u32(int column);  // empty: NULL
  std::uint64_t seed(int column) const { return static_cast<std::uint64_t>(row_.integer(column)); }
  std::string text(int column) const { return std::string(row_.text(column)); }
  std::string text_pair(int column, int raw_column) const;  // the exact bytes
  base::Hash hash(int column);
  bool bad() const { return bad_; }
  void spoil() { bad_ = true; }

 private:
  const Statement& row_;
  bool bad_ = false;
};

struct StoredEntry {
  std::int64_t id = 0;
  std::uint64_t seq = 0;
  std::uint32_t turn = 0;
  std::int64_t created_ms = 0;
  std::variant<chat::Turn, chat::Injection, chat::ConfigChange> what;
  base::Hash hash;  // as stored, not yet checked
};

// The columns that the functions below read, from 0, and the tables they come from.
inline constexpr std::string_view kEntrySelect =
    "SELECT e.seq, e.id, e.kind, e.turn, e.participant, a.kind, a.name, a.name_raw, e.placing, "
    "e.stop_reason, "
    "e.created_ms, e.hash, t.hash, e.tokens, e.text, e.text_raw, e.reasoning, e.reasoning_raw, e.tool_calls, "
    "e.config "
    "FROM entry e LEFT JOIN author a ON a.id = e.author LEFT JOIN tokenizer t ON t.id = e.tokenizer ";
std::optional<StoredEntry> decode_entry(const Statement& row);

// From column `first` on.
inline constexpr std::string_view kCallColumns =
    "c.participant, m.name, m.identity, s.json, c.seed, c.view_hash, c.prompt_hash, c.prompt_tokens, "
    "c.new_prompt_tokens, c.completion_tokens, c.first_token_ms, c.total_ms, c.entropy_bits, "
    "c.surprisal_bpb, c.cost_usd ";
inline constexpr std::string_view kCallTables =
    "call c LEFT JOIN model m ON m.id = c.model LEFT JOIN params s ON s.id = c.params ";
std::optional<engine::Call> decode_call(const Statement& row, int first);

inline constexpr std::string_view kDetectionColumns =
    "d.label, d.kind, d.onset, d.detected_at, d.quote_turn, d.period, d.quote, d.quote_raw, d.shown_by ";
std::optional<measure::Detection> decode_detection(const Statement& row, int first);

}  // namespace duologue::store
