#include "store/import/duologue_jsonl.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "chat/nobody.h"
#include "store/codec.h"
#include "store/import/log_time.h"
#include "store/import/own_formats.h"
#include "store/import/provenance.h"
#include "store/json_text.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Result;
using base::Status;

bool recognise(const Json& line) {
  for (const char* key : {"conversation", "turn", "speaker", "author"}) {
    if (base::member_at(line, key) == nullptr) return false;
  }
  return true;
}

// A text by its exact bytes.
Result<std::string> exact_text(const JsonNode& node, const std::string& key) {
  TRY(node.text(key));  // is there at all
  const auto exact = take_text(node.value(), key);
  if (!exact) return node.fail(fmt::format("'{}_base64' is no base64", key));
  return *exact;
}

Result<chat::Author> author_of(const JsonNode& node) {
  TRY_ASSIGN(const JsonNode author, node.object("author"));
  TRY_ASSIGN(const std::string word, author.text("kind"));
  const auto kind = chat::author_kind_from(word);
  if (!kind) return author.fail(fmt::format("{} is no kind of author", in_quotes(word)));
  TRY_ASSIGN(std::string name, exact_text(author, "name"));
  return chat::Author{*kind, std::move(name)};
}

class DuologueJsonlReader final : public LineReader {
 public:
  explicit DuologueJsonlReader(LogSink& sink) : sink_(sink) {}

  Status take(const JsonNode& line) override {
    TRY_ASSIGN(const std::string id, line.text("conversation"));
    if (conversation_ && conversation_->source_id != id) TRY(finish());
    if (!conversation_) {
      conversation_ = sink_.begin();
      conversation_->source_id = id;
    }
    TRY_ASSIGN(const std::int64_t number, line.integer("turn"));
    const std::uint32_t expected = turn_count(*conversation_) + 1;
    if (number != expected) {
      return line.fail(fmt::format(
          "turn {} stands where turn {} of this conversation must be; export it again", number, expected));
    }
    TRY(take_events(line, "before"));
    TRY(take_turn(line));
    return take_events(line, "after");
  }

  Status finish() override {
    if (!conversation_) return {};
    LoggedConversation done = std::move(*conversation_);
    conversation_.reset();
    return sink_.put(std::move(done));
  }

 private:
  Result<chat::ParticipantId> seat(const JsonNode& node, const std::string& name) {
    const auto id = seat_of(*conversation_, name, sink_.options());
    if (!id) return node.fail(fmt::format("more than {} participants", sink_.options().max_participants));
    return *id;
  }

  Status take_turn(const JsonNode& line) {
    chat::Turn turn;
    TRY_ASSIGN(const std::string speaker, line.text("speaker"));
    TRY_ASSIGN(turn.author, author_of(line));
    if (speaker == chat::kNobodysName && turn.author.kind != chat::AuthorKind::kModel) {
      turn.speaker = kNobody;
    } else {
      TRY_ASSIGN(turn.speaker, seat(line, speaker));
    }
    TRY_ASSIGN(turn.text, exact_text(line, "text"));
    TRY_ASSIGN(turn.reasoning, exact_text(line, "reasoning"));
    TRY_ASSIGN(const JsonNode calls, line.list("tool_calls"));
    auto tool_calls = tool_calls_from_json(base::dump_json(calls.value()));
    if (!tool_calls) return calls.fail("must be a list of {id, name, arguments, result}");
    turn.tool_calls = std::move(*tool_calls);
    TRY_ASSIGN(const std::string reason, line.text("stop_reason"));
    const auto stop_reason = chat::stop_reason_from(reason);
    if (!stop_reason) return line.fail(fmt::format("{} is no stop reason", in_quotes(reason)));
    turn.stop_reason = *stop_reason;
    // Where it changed, an event said so.
    if (turn.speaker != kNobody) {
      std::string& model = conversation_->participants[turn.speaker].model;
      if (model.empty()) model = line.text_or_empty("model");
    }
    TRY(line.check(add_turn(*conversation_, std::move(turn), sink_.options())));
    add_call(*conversation_, call_of(line));
    return {};
  }

  static LoggedCall call_of(const JsonNode& line) {
    LoggedCall call;
    call.created_ms = time_ms_at(line.value(), "created_ms");
    if (const auto usage = line.find("usage")) {
      call.usage = usage_at(usage->value(), "prompt_tokens", "completion_tokens");
      const auto fresh = base::unsigned_at(usage->value(), "new_prompt_tokens").value_or(0);
      if (call.usage && fresh <= call.usage->prompt_tokens) {
        call.usage->new_prompt_tokens = static_cast<std::uint32_t>(fresh);
      }
    }
    if (const auto timing = line.find("timing_ms")) {
      call.timing = timing_at(timing->value(), "total");
      const double first = base::number_at(timing->value(), "first_token").value_or(0);
      if (call.timing && first >= 0 && first <= call.timing->total_ms) call.timing->first_token_ms = first;
    }
    return call;
  }

  Status take_events(const JsonNode& line, std::string_view when) {
    TRY_ASSIGN(const JsonNode events, line.list("events"));
    for (std::size_t i = 0; i < events.size(); ++i) {
      const JsonNode event = events[i];
      TRY_ASSIGN(const std::string stands, event.text("when"));
      if (stands == when) TRY(take_event(event));
    }
    return {};
  }

  Status take_event(const JsonNode& event) {
    TRY_ASSIGN(const std::string kind, event.text("kind"));
    if (kind == "injection") return take_injection(event);
    if (kind == "config") return take_change(event);
    if (kind == "end") {
      conversation_->ended = end_words(event.text_or_empty("cause"), event.text_or_empty("detail"));
      return {};
    }
    const std::string detail = event.text_or_empty("detail");
    if (kind == kDeclaredEvent) {
      take_declared(detail, *conversation_);
    } else if (kind != kImportedEvent) {
      add_note(*conversation_, kind, detail);
    }
    return {};
  }

  Status take_injection(const JsonNode& event) {
    chat::Injection injection;
    if (event.find("to")) {
      TRY_ASSIGN(const std::string name, event.text("to"));
      TRY_ASSIGN(injection.to, seat(event, name));
    }
    if (event.text_or_empty("as") == "replacing") injection.as = chat::Placement::kReplacing;
    TRY_ASSIGN(injection.author, author_of(event));
    TRY_ASSIGN(injection.text, exact_text(event, "text"));
    conversation_->between.push_back({turn_count(*conversation_), std::move(injection)});
    return {};
  }

  Status take_change(const JsonNode& event) {
    TRY_ASSIGN(const JsonNode node, event.object("change"));
    auto change = change_from_json(base::dump_json(node.value()));
    if (!change) return node.fail("is no configuration change");
    TRY_ASSIGN(const std::string name, event.text("participant"));
    TRY_ASSIGN(change->participant, seat(event, name));
    TRY_ASSIGN(change->author, author_of(event));
    conversation_->between.push_back({turn_count(*conversation_), std::move(*change)});
    return {};
  }

  LogSink& sink_;
  std::optional<LoggedConversation> conversation_;
};

std::unique_ptr<LineReader> open(LogSink& sink) { return std::make_unique<DuologueJsonlReader>(sink); }

}  // namespace

const LineFormat kDuologueJsonl{
    .format = LogFormat::kDuologueJsonl,
    .shape = "duologue's JSON Lines {conversation, turn, speaker, author, text, …}",
    .recognise = recognise,
    .open = open};

}  // namespace duologue::store
