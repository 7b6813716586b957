#include "store/import/csv_talk.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "chat/nobody.h"
#include "store/codec.h"
#include "store/export/csv.h"
#include "store/import/csv_records.h"
#include "store/import/own_formats.h"

namespace duologue::store {

namespace {

using base::Result;
using base::Status;

constexpr std::size_t kMaxHeaderBytes = 4'096;

std::string header_of(std::string_view text) {
  return std::string(text.substr(0, std::min(text.find_first_of("\r\n"), kMaxHeaderBytes)));
}

bool recognise(std::string_view text) {
  const std::string header = header_of(text);
  CsvRecords records(header);
  std::vector<std::string> cells;
  if (records.next(cells) != CsvRecords::Next::kRecord) return false;
  const auto has = [&cells](std::string_view name) { return std::ranges::find(cells, name) != cells.end(); };
  return has("speaker") && has("text");
}

// One record by its columns' names.
class Row {
 public:
  Row(const std::vector<std::string>& header, const std::vector<std::string>& cells)
      : header_(header), cells_(cells) {}

  // Empty where the table has no such column.
  std::string text(std::string_view column) const {
    const auto at = std::ranges::find(header_, column);
    const auto index = static_cast<std::size_t>(at - header_.begin());
    return index < cells_.size() ? with_formula(cells_[index]) : std::string();
  }
  template <typename Number>
  std::optional<Number> number(std::string_view column) const {
    const std::string word = text(column);
    Number value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    return value;
  }

 private:
  const std::vector<std::string>& header_;
  const std::vector<std::string>& cells_;
};

class CsvTalkReader {
 public:
  CsvTalkReader(const std::string& file, const LogPiece& piece, LogSink& sink)
      : file_(file), piece_(piece), sink_(sink), records_(piece.text) {}

  Status read() {
    std::vector<std::string> header, cells;
    TRY_ASSIGN(const bool has_header, next(header));
    if (!has_header) return {};
    while (true) {
      TRY_ASSIGN(const bool more, next(cells));
      if (!more) break;
      if (cells.size() == 1 && cells[0].empty()) continue;  // a blank line
      if (cells.size() != header.size()) {
        return fail(fmt::format("{} cells where the header has {}", cells.size(), header.size()));
      }
      TRY(take(Row(header, cells)));
    }
    return finish();
  }

 private:
  std::unexpected<base::Error> fail(std::string_view what) const {
    return fail_at(file_, piece_.line + records_.line() - 1, piece_.offset + records_.offset(), what);
  }

  Result<bool> next(std::vector<std::string>& cells) {
    const CsvRecords::Next status = records_.next(cells);
    if (status == CsvRecords::Next::kBroken) return fail(records_.problem());
    return status == CsvRecords::Next::kRecord;
  }

  Status finish() {
    if (!conversation_) return {};
    LoggedConversation done = std::move(*conversation_);
    conversation_.reset();
    return sink_.put(std::move(done));
  }

  Status take(const Row& row) {
    const std::string id = row.text("conversation");
    if (conversation_ && conversation_->source_id != id) TRY(finish());
    if (!conversation_) {
      conversation_ = sink_.begin();
      conversation_->source_id = id;
    }
    const std::string kind = row.text("kind");
    if (kind == "injection") return take_injection(row);
    if (kind == "config") return take_change(row);
    if (!kind.empty() && kind != "turn") {
      return fail(fmt::format("{} is no kind of row; it must be turn, injection or config", in_quotes(kind)));
    }
    return take_turn(row);
  }

  Result<chat::Author> author_of(const Row& row) const {
    const std::string word = row.text("author_kind");
    const auto kind = word.empty() ? std::optional(chat::AuthorKind::kModel) : chat::author_kind_from(word);
    if (!kind) return fail(fmt::format("{} is no kind of author", in_quotes(word)));
    return chat::Author{*kind, row.text("author")};
  }

  Result<chat::ParticipantId> seat(const std::string& name) {
    const auto id = seat_of(*conversation_, name, sink_.options());
    if (!id) return fail(fmt::format("more than {} names", sink_.options().max_participants));
    return *id;
  }

  Status take_turn(const Row& row) {
    chat::Turn turn;
    TRY_ASSIGN(turn.author, author_of(row));
    const std::string name = row.text("speaker");
    if (name == chat::kNobodysName && turn.author.kind != chat::AuthorKind::kModel) {
      turn.speaker = kNobody;
    } else {
      TRY_ASSIGN(turn.speaker, seat(name));
    }
    turn.text = row.text("text");
    turn.reasoning = row.text("reasoning");
    if (const std::string calls = row.text("tool_calls"); !calls.empty()) {
      auto read = tool_calls_from_json(calls);
      if (!read) return fail("tool_calls must be a JSON list of {id, name, arguments, result}");
      turn.tool_calls = std::move(*read);
    }
    if (const std::string word = row.text("stop_reason"); !word.empty()) {
      const auto reason = chat::stop_reason_from(word);
      if (!reason) return fail(fmt::format("{} is no stop reason", in_quotes(word)));
      turn.stop_reason = *reason;
    }
    if (turn.speaker != kNobody) {
      std::string& model = conversation_->participants[turn.speaker].model;
      if (model.empty()) model = row.text("model");
    }
    const std::string problem = add_turn(*conversation_, std::move(turn), sink_.options());
    if (!problem.empty()) return fail(problem);
    add_call(*conversation_, call_of(row));
    return {};
  }

  static LoggedCall call_of(const Row& row) {
    LoggedCall call;
    call.created_ms = std::max<std::int64_t>(row.number<std::int64_t>("created_ms").value_or(0), 0);
    const auto prompt = row.number<std::uint32_t>("prompt_tokens");
    const auto completion = row.number<std::uint32_t>("completion_tokens");
    if (prompt || completion) call.usage = chat::Usage{prompt.value_or(0), 0, completion.value_or(0)};
    const auto total = row.number<double>("total_ms");
    if (total && *total >= 0 && *total < 1e15) call.timing = chat::Timing{0, *total};
    const double first = row.number<double>("first_token_ms").value_or(0);
    if (call.timing && first >= 0 && first <= *total) call.timing->first_token_ms = first;
    return call;
  }

  Status take_injection(const Row& row) {
    chat::Injection injection;
    TRY_ASSIGN(injection.author, author_of(row));
    if (const std::string to = row.text("to"); !to.empty()) {
      TRY_ASSIGN(injection.to, seat(to));
    }
    if (row.text("placing") == "replacing") injection.as = chat::Placement::kReplacing;
    injection.text = row.text("text");
    conversation_->between.push_back({turn_count(*conversation_), std::move(injection)});
    return {};
  }

  Status take_change(const Row& row) {
    auto change = change_from_json(row.text("text"));
    if (!change) return fail("a row of kind config whose text is no configuration change");
    TRY_ASSIGN(change->participant, seat(row.text("speaker")));
    TRY_ASSIGN(change->author, author_of(row));
    conversation_->between.push_back({turn_count(*conversation_), std::move(*change)});
    return {};
  }

  const std::string& file_;
  const LogPiece& piece_;
  LogSink& sink_;
  CsvRecords records_;
  std::optional<LoggedConversation> conversation_;
};

Status read(const std::string& file, const LogPiece& piece, LogSink& sink) {
  return CsvTalkReader(file, piece, sink).read();
}

}  // namespace

const TextFormat kCsvTalk{.format = LogFormat::kCsv,
                          .shape = "CSV with a header that has the columns speaker and text",
                          .recognise = recognise,
                          .read = read};

}  // namespace duologue::store
