#include "store/rows.h"

#include <cmath>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "store/codec.h"

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::fail;

// A readable form at `index`, the exact bytes at `raw_index` where they differ. `kept` must outlive the step.
void bind_pair(Statement& statement, int index, int raw_index, std::string_view bytes, std::string& kept) {
  if (needs_raw(bytes)) {
    kept = readable(bytes);
    statement.bind_text(index, kept).bind_blob(raw_index, bytes);
  } else {
    statement.bind_text(index, bytes).bind_null(raw_index);
  }
}

double finite_or_0(double value) { return std::isfinite(value) ? value : 0; }

// Parameters of the entry statement.
enum EntryColumn : int {
  kBranch = 1,
  kSeq,
  kKind,
  kTurn,
  kParticipant,
  kAuthor,
  kPlacing,
  kStopReason,
  kCreatedMs,
  kHash,
  kTokenizer,
  kTokens,
  kText,
  kTextRaw,
  kReasoning,
  kReasoningRaw,
  kToolCalls,
  kConfig,
};

}  // namespace

struct Rows::Statements {
  Statement trial, participant, branch, head, end, clear_end;
  Statement entry, call, listener, measurement, detection, event;
  Known models, params, authors, tokenizers, metrics;
};

Rows::Rows(Connection& connection) : connection_(connection), statements_(std::make_unique<Statements>()) {}
Rows::~Rows() = default;

base::Result<std::unique_ptr<Rows>> Rows::prepare(Connection& connection) {
  std::unique_ptr<Rows> rows(new Rows(connection));
  Statements& s = *rows->statements_;
  const auto set = [&connection](Statement& statement, std::string_view sql) -> base::Status {
    TRY_ASSIGN(statement, connection.prepare(sql));
    return {};
  };
  TRY(set(s.trial,
          "INSERT INTO trial(id, opening, opening_raw, repeat, head_branch, created_ms) "
          "VALUES(?, ?, ?, ?, 0, ?)"));
  TRY(set(s.participant, "INSERT INTO participant VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(set(s.branch, "INSERT INTO branch(trial, parent, fork_seq, created_ms) VALUES(?, ?, ?, ?)"));
  TRY(set(s.head, "UPDATE trial SET head_branch = ?2 WHERE id = ?1"));
  TRY(set(s.end, "UPDATE trial SET end_cause = ?2, end_detail = ?3, ended_ms = ?4 WHERE id = ?1"));
  TRY(set(s.clear_end, "UPDATE trial SET end_cause = NULL, end_detail = NULL, ended_ms = NULL WHERE id = ?"));
  TRY(set(s.entry, "INSERT INTO entry VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(set(s.call, "INSERT INTO call VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(set(s.listener, "INSERT OR IGNORE INTO listener VALUES(?, ?, ?)"));
  TRY(set(s.measurement, "INSERT INTO measurement VALUES(?, ?, ?, ?)"));
  TRY(set(s.detection, "INSERT INTO detection VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(set(s.event, "INSERT INTO event VALUES(NULL, ?, ?, ?, ?, ?, ?)"));
  TRY(set(s.models.find, "SELECT id FROM model WHERE name = ? AND identity = ?"));
  TRY(set(s.models.insert, "INSERT INTO model(name, identity) VALUES(?, ?)"));
  TRY(set(s.params.find, "SELECT id FROM params WHERE json = ?"));
  TRY(set(s.params.insert, "INSERT INTO params(json) VALUES(?)"));
  TRY(set(s.authors.find, "SELECT id FROM author WHERE kind = ? AND name = ? AND name_raw IS ?"));
  TRY(set(s.authors.insert, "INSERT INTO author(kind, name, name_raw) VALUES(?, ?, ?)"));
  TRY(set(s.tokenizers.find, "SELECT id FROM tokenizer WHERE hash = ?"));
  TRY(set(s.tokenizers.insert, "INSERT INTO tokenizer(hash) VALUES(?)"));
  TRY(set(s.metrics.find, "SELECT id FROM metric WHERE name = ?"));
  TRY(set(s.metrics.insert, "INSERT INTO metric(name) VALUES(?)"));
  return rows;
}

void Rows::forget() {
  Statements& s = *statements_;
  for (Known* known : {&s.models, &s.params, &s.authors, &s.tokenizers, &s.metrics}) known->ids.clear();
}

// Both statements' parameters are bound already.
base::Result<std::int64_t> Rows::found_or_inserted(Known& known, std::string key) {
  TRY_ASSIGN(const bool found, known.find.step());
  std::int64_t id = 0;
  if (found) {
    id = known.find.integer(0);
    known.find.reset();
  } else {
    TRY(known.insert.run());
    id = connection_.last_insert_id();
  }
  known.ids.emplace(std::move(key), id);
  return id;
}

base::Result<std::int64_t> Rows::text_id(Known& known, std::string_view text) {
  if (const auto it = known.ids.find(text); it != known.ids.end()) return it->second;
  const std::string shown = readable(text);
  known.find.bind_text(1, shown);
  known.insert.bind_text(1, shown);
  return found_or_inserted(known, std::string(text));
}

base::Result<std::int64_t> Rows::model_id(std::string_view name, std::string_view identity) {
  Known& known = statements_->models;
  std::string key = fmt::format("{}\n{}{}", name.size(), name, identity);
  if (const auto it = known.ids.find(key); it != known.ids.end()) return it->second;
  const std::string shown_name = readable(name);
  const std::string shown_identity = readable(identity);
  known.find.bind_text(1, shown_name).bind_text(2, shown_identity);
  known.insert.bind_text(1, shown_name).bind_text(2, shown_identity);
  return found_or_inserted(known, std::move(key));
}

base::Result<std::int64_t> Rows::author_id(const chat::Author& author) {
  Known& known = statements_->authors;
  const std::string_view kind = chat::to_string(author.kind);
  std::string key = fmt::format("{}\n{}", kind, author.name);
  if (const auto it = known.ids.find(key); it != known.ids.end()) return it->second;
  std::string kept;
  known.find.bind_text(1, kind);
  known.insert.bind_text(1, kind);
  bind_pair(known.find, 2, 3, author.name, kept);
  std::string kept_too;
  bind_pair(known.insert, 2, 3, author.name, kept_too);
  return found_or_inserted(known, std::move(key));
}

base::Result<std::int64_t> Rows::tokenizer_id(const base::Hash& hash) {
  Known& known = statements_->tokenizers;
  const std::string_view bytes = bytes_of(hash);
  if (const auto it = known.ids.find(bytes); it != known.ids.end()) return it->second;
  known.find.bind_blob(1, bytes);
  known.insert.bind_blob(1, bytes);
  return found_or_inserted(known, std::string(bytes));
}

base::Status Rows::add_participant(const TrialRow& trial, std::size_t position) {
  const TrialParticipant& who = trial.participants[position];
  TRY_ASSIGN(const std::int64_t model, model_id(who.model_resolved, who.identity));
  TRY_ASSIGN(const std::int64_t params, text_id(statements_->params, chat::to_json(who.sampling)));
  const std::string name = readable(who.name);
  const std::string asked = readable(who.model);
  const std::string memory = memory_to_text(who.memory);
  std::string kept;
  Statement& row = statements_->participant;
  row.bind(1, std::int64_t{trial.id}).bind(2, static_cast<std::int64_t>(position));
  row.bind_text(3, name).bind_text(4, asked).bind(5, model);
  bind_pair(row, 6, 7, who.system_prompt, kept);
  row.bind_text(8, memory).bind_text(9, reasoning_to_text(who.reasoning));
  row.bind_text(10, who.raw_prompt ? "raw" : "chat").bind(11, params);
  return row.run();
}

base::Status Rows::add_trial(const TrialRow& trial, std::int64_t now_ms) {
  TRY_ASSIGN(Statement taken, connection_.prepare("SELECT 1 FROM trial WHERE id = ?"));
  taken.bind(1, std::int64_t{trial.id});
  TRY_ASSIGN(const bool exists, taken.step());
  if (exists) {
    return fail(ErrorKind::kStore, fmt::format("{} has a trial {} already", connection_.path(), trial.id));
  }
  Statement& row = statements_->trial;
  std::string kept;
  row.bind(1, std::int64_t{trial.id});
  bind_pair(row, 2, 3, trial.opening, kept);
  row.bind(4, std::int64_t{trial.repeat}).bind(5, now_ms);
  TRY(row.run());
  for (std::size_t i = 0; i < trial.participants.size(); ++i) TRY(add_participant(trial, i));
  TRY_ASSIGN(const BranchId branch, add_branch(trial.id, std::nullopt, 0, now_ms));
  return set_head(trial.id, branch);
}

base::Result<BranchId> Rows::add_branch(std::uint32_t trial, std::optional<BranchId> parent,
                                        std::uint64_t fork_seq, std::int64_t now_ms) {
  Statement& row = statements_->branch;
  row.bind(1, std::int64_t{trial});
  parent ? row.bind(2, std::int64_t{*parent}) : row.bind_null(2);
  row.bind(3, static_cast<std::int64_t>(fork_seq)).bind(4, now_ms);
  TRY(row.run());
  return static_cast<BranchId>(connection_.last_insert_id());
}

base::Status Rows::set_head(std::uint32_t trial, BranchId branch) {
  return statements_->head.bind(1, std::int64_t{trial}).bind(2, std::int64_t{branch}).run();
}

base::Status Rows::set_end(std::uint32_t trial, const engine::EndReason& reason, std::int64_t now_ms) {
  const std::string detail = readable(reason.detail);
  Statement& row = statements_->end;
  row.bind(1, std::int64_t{trial})
      .bind_text(2, engine::to_string(reason.cause))
      .bind_text(3, detail)
      .bind(4, now_ms);
  return row.run();
}

base::Status Rows::clear_end(std::uint32_t trial) {
  return statements_->clear_end.bind(1, std::int64_t{trial}).run();
}

base::Status Rows::bind_turn(const chat::Turn& turn) {
  Statement& row = statements_->entry;
  row.bind(kKind, static_cast<std::int64_t>(EntryKind::kTurn)).bind(kParticipant, std::int64_t{turn.speaker});
  row.bind(kStopReason, stop_reason_code(turn.stop_reason)).bind_null(kPlacing).bind_null(kConfig);
  bind_pair(row, kText, kTextRaw, turn.text, bound_.text);
  if (turn.reasoning.empty()) {
    row.bind_null(kReasoning).bind_null(kReasoningRaw);
  } else {
    bind_pair(row, kReasoning, kReasoningRaw, turn.reasoning, bound_.reasoning);
  }
  if (turn.tool_calls.empty()) {
    row.bind_null(kToolCalls);
  } else {
    bound_.json = tool_calls_to_json(turn.tool_calls);
    row.bind_text(kToolCalls, bound_.json);
  }
  if (!turn.tokens) {
    row.bind_null(kTokenizer).bind_null(kTokens);
    return {};
  }
  TRY_ASSIGN(const std::int64_t tokenizer, tokenizer_id(turn.tokens->tokenizer));
  bound_.tokens = encode_tokens(turn.tokens->ids);
  row.bind(kTokenizer, tokenizer).bind_blob(kTokens, bound_.tokens);
  return {};
}

base::Status Rows::bind_injection(const chat::Injection& injection) {
  Statement& row = statements_->entry;
  row.bind(kKind, static_cast<std::int64_t>(EntryKind::kInjection));
  injection.to ? row.bind(kParticipant, std::int64_t{*injection.to}) : row.bind_null(kParticipant);
  row.bind(kPlacing, std::int64_t{injection.as == chat::Placement::kReplacing ? 1 : 0});
  bind_pair(row, kText, kTextRaw, injection.text, bound_.text);
  for (const int column :
       {kStopReason, kTokenizer, kTokens, kReasoning, kReasoningRaw, kToolCalls, kConfig}) {
    row.bind_null(column);
  }
  return {};
}

base::Status Rows::bind_change(const chat::ConfigChange& change, const chat::Entry& entry) {
  Statement& row = statements_->entry;
  bound_.json = change_to_json(change);
  // Values that can't be read back (a sampling out of its range) must not get into the file: they would end
  // every reading of the conversation here.
  auto back = change_from_json(bound_.json);
  if (back) {
    back->participant = change.participant;
    back->author = change.author;
  }
  if (!back || chat::entry_hash(entry.parent, *back) != entry.hash) {
    return fail(ErrorKind::kInternal,
                fmt::format("can't record to {}: a configuration change has values out of range: {}",
                            connection_.path(), bound_.json));
  }
  row.bind(kKind, static_cast<std::int64_t>(EntryKind::kConfigChange))
      .bind(kParticipant, std::int64_t{change.participant});
  row.bind_text(kText, "").bind_text(kConfig, bound_.json);
  for (const int column :
       {kPlacing, kStopReason, kTokenizer, kTokens, kTextRaw, kReasoning, kReasoningRaw, kToolCalls}) {
    row.bind_null(column);
  }
  return {};
}

base::Result<std::int64_t> Rows::add_entry(BranchId branch, std::uint64_t seq, const chat::Entry& entry,
                                           std::int64_t now_ms) {
  const auto author_of = [](const auto& what) -> const chat::Author& { return what.author; };
  TRY_ASSIGN(const std::int64_t author, author_id(std::visit(author_of, entry.what)));
  Statement& row = statements_->entry;
  row.bind(kBranch, std::int64_t{branch})
      .bind(kSeq, static_cast<std::int64_t>(seq))
      .bind(kTurn, std::int64_t{entry.turn});
  row.bind(kAuthor, author).bind(kCreatedMs, now_ms).bind_blob(kHash, bytes_of(entry.hash));
  if (const chat::Turn* turn = entry.as_turn()) TRY(bind_turn(*turn));
  if (const chat::Injection* injection = entry.as_injection()) TRY(bind_injection(*injection));
  if (const chat::ConfigChange* change = entry.as_change()) TRY(bind_change(*change, entry));
  TRY(row.run());
  return connection_.last_insert_id();
}

base::Status Rows::add_call(std::int64_t entry, const engine::Call& call) {
  TRY_ASSIGN(const std::int64_t model, model_id(call.model, call.identity));
  TRY_ASSIGN(const std::int64_t params, text_id(statements_->params, call.params));
  Statement& row = statements_->call;
  row.bind(1, entry).bind(2, std::int64_t{call.participant}).bind(3, model).bind(4, params);
  row.bind(5, static_cast<std::int64_t>(call.seed)).bind_blob(6, bytes_of(call.view_hash));
  call.prompt_hash.is_zero() ? row.bind_null(7) : row.bind_blob(7, bytes_of(call.prompt_hash));
  row.bind(8, std::int64_t{call.usage.prompt_tokens}).bind(9, std::int64_t{call.usage.new_prompt_tokens});
  row.bind(10, std::int64_t{call.usage.completion_tokens});
  row.bind(11, finite_or_0(call.timing.first_token_ms)).bind(12, finite_or_0(call.timing.total_ms));
  row.bind(13, call.stats.entropy_bits).bind(14, call.stats.surprisal_bpb);
  row.bind(15, call.cost_usd);
  return row.run();
}

base::Status Rows::add_listener(std::int64_t entry, const chat::ListenerStats& stats) {
  Statement& row = statements_->listener;
  return row.bind(1, entry).bind(2, std::int64_t{stats.listener}).bind(3, stats.surprisal_bpb).run();
}

base::Status Rows::add_measurement(std::int64_t entry, const measure::Measurement& measurement) {
  TRY_ASSIGN(const std::int64_t metric, text_id(statements_->metrics, measurement.metric));
  Statement& row = statements_->measurement;
  const std::int64_t who = measurement.participant ? std::int64_t{*measurement.participant} : -1;
  // A NaN becomes NULL: missing.
  return row.bind(1, entry).bind(2, metric).bind(3, who).bind(4, measurement.value).run();
}

base::Status Rows::add_detection(std::int64_t entry, const measure::Detection& detection) {
  Statement& row = statements_->detection;
  const std::string label = readable(detection.label);
  const std::string kind = readable(detection.kind);
  const std::string by = readable(detection.by);
  std::string kept;
  row.bind(1, entry).bind_text(2, label).bind_text(3, kind).bind(4, std::int64_t{detection.onset});
  row.bind(5, std::int64_t{detection.detected_at}).bind(6, std::int64_t{detection.quote_turn});
  detection.period ? row.bind(7, std::int64_t{*detection.period}) : row.bind_null(7);
  bind_pair(row, 8, 9, detection.quote, kept);
  row.bind_text(10, by);
  return row.run();
}

base::Status Rows::add_event(BranchId branch, std::uint64_t seq, const engine::Event& event,
                             std::int64_t now_ms) {
  Statement& row = statements_->event;
  const std::string kind = readable(event.kind);
  const std::string detail = readable(event.detail);
  row.bind(1, std::int64_t{branch}).bind(2, static_cast<std::int64_t>(seq)).bind(3, std::int64_t{event.turn});
  row.bind_text(4, kind).bind_text(5, detail).bind(6, now_ms);
  return row.run();
}

}  // namespace duologue::store
