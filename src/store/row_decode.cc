#include "store/row_decode.h"

#include <cstring>
#include <memory>
#include <utility>

#include "store/codec.h"

namespace duologue::store {

namespace {

chat::Author decode_author(const Statement& row, Cells& cells) {
  chat::Author author;
  if (const auto kind = chat::author_kind_from(row.text(5))) {
    author.kind = *kind;
  } else {
    cells.spoil();
  }
  author.name = cells.text_pair(6, 7);
  return author;
}

chat::Turn decode_turn(const Statement& row, Cells& cells) {
  chat::Turn turn;
  turn.speaker = cells.u32(4);
  turn.author = decode_author(row, cells);
  turn.text = cells.text_pair(14, 15);
  turn.reasoning = cells.text_pair(16, 17);
  if (!row.is_null(18)) {
    if (auto calls = tool_calls_from_json(row.text(18))) {
      turn.tool_calls = std::move(*calls);
    } else {
      cells.spoil();
    }
  }
  if (const auto reason = stop_reason_from_code(row.integer(9))) {
    turn.stop_reason = *reason;
  } else {
    cells.spoil();
  }
  if (!row.is_null(13)) {
    auto tokens = std::make_shared<chat::TokenIds>();
    tokens->tokenizer = cells.hash(12);
    if (auto ids = decode_tokens(row.blob(13))) {
      tokens->ids = std::move(*ids);
    } else {
      cells.spoil();
    }
    turn.tokens = std::move(tokens);
  }
  return turn;
}

chat::Injection decode_injection(const Statement& row, Cells& cells) {
  chat::Injection injection;
  injection.to = cells.maybe_u32(4);
  injection.as = row.integer(8) == 1 ? chat::Placement::kReplacing : chat::Placement::kAppended;
  injection.text = cells.text_pair(14, 15);
  injection.author = decode_author(row, cells);
  return injection;
}

chat::ConfigChange decode_change(const Statement& row, Cells& cells) {
  auto change = change_from_json(row.text(19));
  if (!change) {
    cells.spoil();
    return {};
  }
  change->participant = cells.u32(4);
  change->author = decode_author(row, cells);
  return std::move(*change);
}

}  // namespace

std::uint32_t Cells::u32(int column) {
  const std::int64_t value = row_.integer(column);
  if (row_.is_null(column) || value < 0 || value > std::int64_t{UINT32_MAX}) bad_ = true;
  return static_cast<std::uint32_t>(value);
}

std::optional<std::uint32_t> Cells::maybe_u32(int column) {
  if (row_.is_null(column)) return std::nullopt;
  return u32(column);
}

std::string Cells::text_pair(int column, int raw_column) const {
  return std::string(row_.is_null(raw_column) ? row_.text(column) : row_.blob(raw_column));
}

base::Hash Cells::hash(int column) {
  base::Hash hash;
  const std::string_view bytes = row_.blob(column);
  if (bytes.size() == hash.bytes.size()) {
    std::memcpy(hash.bytes.data(), bytes.data(), bytes.size());
  } else {
    bad_ = true;
  }
  return hash;
}

std::optional<StoredEntry> decode_entry(const Statement& row) {
  Cells cells(row);
  StoredEntry entry;
  entry.seq = static_cast<std::uint64_t>(row.integer(0));
  entry.id = row.integer(1);
  entry.turn = cells.u32(3);
  entry.created_ms = row.integer(10);
  entry.hash = cells.hash(11);
  switch (static_cast<EntryKind>(row.integer(2))) {
    case EntryKind::kTurn:
      entry.what = decode_turn(row, cells);
      break;
    case EntryKind::kInjection:
      entry.what = decode_injection(row, cells);
      break;
    case EntryKind::kConfigChange:
      entry.what = decode_change(row, cells);
      break;
    default:
      return std::nullopt;
  }
  if (cells.bad()) return std::nullopt;
  return entry;
}

std::optional<engine::Call> decode_call(const Statement& row, int first) {
  Cells cells(row);
  engine::Call call;
  call.participant = cells.u32(first);
  call.model = cells.text(first + 1);
  call.identity = cells.text(first + 2);
  call.params = cells.text(first + 3);
  call.seed = cells.seed(first + 4);
  call.view_hash = cells.hash(first + 5);
  if (!row.is_null(first + 6)) call.prompt_hash = cells.hash(first + 6);
  call.usage = {cells.u32(first + 7), cells.u32(first + 8), cells.u32(first + 9)};
  call.timing = {row.real(first + 10), row.real(first + 11)};
  call.stats = {row.maybe_real(first + 12), row.maybe_real(first + 13)};
  call.cost_usd = row.maybe_real(first + 14);
  if (cells.bad()) return std::nullopt;
  return call;
}

std::optional<measure::Detection> decode_detection(const Statement& row, int first) {
  Cells cells(row);
  measure::Detection detection;
  detection.label = cells.text(first);
  detection.kind = cells.text(first + 1);
  detection.onset = cells.u32(first + 2);
  detection.detected_at = cells.u32(first + 3);
  detection.quote_turn = cells.u32(first + 4);
  detection.period = cells.maybe_u32(first + 5);
  detection.quote = cells.text_pair(first + 6, first + 7);
  detection.by = cells.text(first + 8);
  if (cells.bad()) return std::nullopt;
  return detection;
}

}  // namespace duologue::store
