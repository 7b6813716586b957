#include "store/export/csv.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "store/codec.h"

namespace duologue::store {

namespace {

using base::Status;

constexpr std::string_view kHeader =
    "conversation,trial,turn,kind,speaker,author_kind,author,text,reasoning,tool_calls,stop_reason,to,"
    "placing,"
    "model,created_ms,prompt_tokens,completion_tokens,first_token_ms,total_ms,hash\r\n";

constexpr std::array<std::string_view, 11> kFormulaStarts{"=",  "+",      "-",      "@",      "\t",    "\r",
                                                          "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};

// Apostrophes, as many as there are, and then what a spreadsheet would compute.
bool looks_like_formula(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\''), text.size()));
  return std::ranges::any_of(kFormulaStarts,
                             [text](std::string_view start) { return text.starts_with(start); });
}

// What holds a comma, a quote or a line's end stands in quotes.
std::string cell(std::string_view bytes) {
  std::string text = without_formula(readable(bytes));
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

class CsvExporter final : public Exporter {
 public:
  CsvExporter(FileInfo file, WriteText write) : file_(std::move(file)), write_(std::move(write)) {}

  Status begin(const TrialSummary& trial) override {
    trial_ = trial;
    if (std::exchange(begun_, true)) return {};
    return write_(kHeader);
  }

  Status take(const TurnRecord& record) override {
    for (const chat::EntryPtr& entry : record.before) {
      if (const auto* injection = entry->as_injection()) TRY(write_(injection_row(*entry, *injection)));
      if (const auto* change = entry->as_change()) TRY(write_(change_row(*entry, *change)));
    }
    return record.turn == nullptr ? Status() : write_(turn_row(record));
  }

  Status end(const std::optional<engine::EndReason>&, std::int64_t) override { return {}; }
  Status finish() override { return begun_ ? Status() : write_(kHeader); }

 private:
  // The columns that every kind has, up to the text.
  std::string row_start(const chat::Entry& entry, std::string_view kind, const std::string& speaker,
                        const chat::Author& author) const {
    return fmt::format("{},{},{},{},{},{},{}", cell(conversation_id(file_, trial_)), trial_.row.id,
                       entry.turn, kind, cell(speaker), chat::to_string(author.kind), cell(author.name));
  }

  // Where the record has no call: the seat's.
  std::string model_of(const chat::Turn& turn) const {
    const auto& seats = trial_.row.participants;
    const bool known = turn.author.kind == chat::AuthorKind::kModel && turn.speaker < seats.size();
    return known ? seats[turn.speaker].model : std::string();
  }

  std::string turn_row(const TurnRecord& record) const {
    const chat::Turn& turn = *record.turn->as_turn();
    std::string row = row_start(*record.turn, "turn", name_of(trial_, turn.speaker), turn.author);
    const std::string calls = turn.tool_calls.empty() ? "" : tool_calls_to_json(turn.tool_calls);
    row += fmt::format(",{},{},{},{},,", cell(turn.text), cell(turn.reasoning), cell(calls),
                       chat::to_string(turn.stop_reason));
    if (!record.call) {
      return row + fmt::format(",{},{},,,,,{}\r\n", cell(model_of(turn)), record.created_ms,
                               record.turn->hash.hex());
    }
    const engine::Call& call = *record.call;
    return row + fmt::format(",{},{},{},{},{},{},{}\r\n", cell(call.model), record.created_ms,
                             call.usage.prompt_tokens, call.usage.completion_tokens,
                             call.timing.first_token_ms, call.timing.total_ms, record.turn->hash.hex());
  }

  std::string injection_row(const chat::Entry& entry, const chat::Injection& injection) const {
    return row_start(entry, "injection", "", injection.author) +
           fmt::format(",{},,,,{},{},,,,,,,{}\r\n", cell(injection.text),
                       injection.to ? cell(name_of(trial_, *injection.to)) : "",
                       injection.as == chat::Placement::kReplacing ? "replacing" : "appended",
                       entry.hash.hex());
  }

  std::string change_row(const chat::Entry& entry, const chat::ConfigChange& change) const {
    return row_start(entry, "config", name_of(trial_, change.participant), change.author) +
           fmt::format(",{},,,,,,,,,,,,{}\r\n", cell(change_to_json(change)), entry.hash.hex());
  }

  const FileInfo file_;
  const WriteText write_;
  TrialSummary trial_;
  bool begun_ = false;
};

}  // namespace

std::string without_formula(std::string_view text) {
  return looks_like_formula(text) ? "'" + std::string(text) : std::string(text);
}

std::string with_formula(std::string_view cell) {
  return std::string(cell.starts_with('\'') && looks_like_formula(cell) ? cell.substr(1) : cell);
}

std::unique_ptr<Exporter> make_csv_exporter(const FileInfo& file, WriteText write) {
  return std::make_unique<CsvExporter>(file, std::move(write));
}

}  // namespace duologue::store
