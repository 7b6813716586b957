#include "store/import/duo_log.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "store/import/own_formats.h"
#include "store/import/provenance.h"
#include "store/reader.h"

namespace duologue::store {

namespace {

using base::Status;

void take_entries(const TurnRecord& record, LoggedConversation& conversation) {
  for (const chat::EntryPtr& entry : record.before) {
    if (const auto* injection = entry->as_injection()) {
      conversation.between.push_back({turn_count(conversation), *injection});
    } else if (const auto* change = entry->as_change()) {
      conversation.between.push_back({turn_count(conversation), *change});
    }
  }
}

void take_event(const engine::Event& event, LoggedConversation& conversation) {
  if (event.kind == kImportedEvent) return take_origin(event.detail, conversation);
  if (event.kind == kDeclaredEvent) return take_declared(event.detail, conversation);
  add_note(conversation, event.kind, event.detail);
}

LoggedCall call_of(const TurnRecord& record) {
  LoggedCall call{.created_ms = record.created_ms, .usage = {}, .timing = {}};
  if (record.call) {
    call.usage = record.call->usage;
    call.timing = record.call->timing;
  }
  return call;
}

// `record.turn` may be null: `before` and `events` came after the last turn.
Status take_record(const TurnRecord& record, const LogOptions& options, LoggedConversation& conversation) {
  take_entries(record, conversation);
  const auto note_events = [&](bool after) {
    for (const StoredEvent& stored : record.events) {
      if ((stored.seq > record.seq) == after) take_event(stored.event, conversation);
    }
  };
  if (record.turn == nullptr) {
    note_events(false);
    note_events(true);
    return {};
  }
  note_events(false);
  const std::string problem = add_turn(conversation, *record.turn->as_turn(), options);
  if (!problem.empty()) {
    return base::fail(base::ErrorKind::kBadInput, fmt::format("{}: {}", conversation.file, problem));
  }
  add_call(conversation, call_of(record));
  note_events(true);
  return {};
}

Status read_trial(Reader& reader, TrialSummary trial, LogSink& sink) {
  LoggedConversation conversation = sink.begin();
  for (TrialParticipant& one : trial.row.participants) {
    conversation.participants.push_back(
        {std::move(one.name),
         one.model_resolved.empty() ? std::move(one.model) : std::move(one.model_resolved),
         std::move(one.system_prompt)});
  }
  TRY(reader.for_each_turn(trial.row.id, {}, [&](const TurnRecord& record) {
    return take_record(record, sink.options(), conversation);
  }));
  if (trial.end) {
    conversation.ended = end_words(engine::to_string(trial.end->cause), trial.end->detail);
  }
  return sink.put(std::move(conversation), trial.row.id);
}

}  // namespace

bool is_duo_file(std::string_view start) {
  return start.starts_with(std::string_view("SQLite format 3\0", 16));
}

Status read_duo_file(const std::string& path, LogSink& sink) {
  TRY_ASSIGN(const std::unique_ptr<Reader> reader, Reader::open(path));
  TRY_ASSIGN(std::vector<TrialSummary> trials, reader->trials());
  for (TrialSummary& trial : trials) {
    const auto only = sink.options().only;
    if (only && *only != trial.row.id) {
      sink.skip();
    } else {
      TRY(read_trial(*reader, std::move(trial), sink));
    }
  }
  return {};
}

}  // namespace duologue::store
