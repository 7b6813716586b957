#include "store/import/pidgin.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "store/import/log_time.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

constexpr std::array<std::string_view, 2> kAgents{"agent_a", "agent_b"};

bool recognise(const Json& line) {
  return base::string_at(line, "event_type").has_value() &&
         (base::member_at(line, "conversation_id") != nullptr ||
          base::member_at(line, "event_id") != nullptr);
}

std::optional<chat::ParticipantId> agent_seat(std::string_view agent) {
  const auto* const at = std::ranges::find(kAgents, agent);
  if (at == kAgents.end()) return std::nullopt;
  return static_cast<chat::ParticipantId>(at - kAgents.begin());
}

// An agent's member of the start event, or of the agent's own object in it.
std::string of_agent(const JsonNode& start, std::string_view agent, std::string_view key) {
  const std::string word = start.text_or_empty(fmt::format("{}_{}", agent, key));
  const auto own = start.find(agent);
  return word.empty() && own ? own->text_or_empty(key) : word;
}

// Events that say again what others said, or nothing about the conversation.
bool is_silent(std::string_view type) {
  static constexpr std::array<std::string_view, 6> kSilent{"MessageRequestEvent", "MessageChunkEvent",
                                                           "TurnStartEvent",      "TurnCompleteEvent",
                                                           "RateLimitPaceEvent",  "TokenUsageEvent"};
  return std::ranges::find(kSilent, type) != kSilent.end();
}

// What an event says in words, for a note.
std::string words_of(const JsonNode& event) {
  std::string words;
  for (const char* key : {"agent_id", "error_type", "error_message", "reason", "paused_during"}) {
    const std::string word = event.text_or_empty(key);
    if (!word.empty()) words += (words.empty() ? "" : ": ") + word;
  }
  for (const char* key : {"messages_dropped", "branch_point"}) {
    if (const auto number = base::integer_at(event.value(), key))
      words += fmt::format(" {} {}", key, *number);
  }
  return words;
}

class PidginReader final : public LineReader {
 public:
  explicit PidginReader(LogSink& sink) : sink_(sink) {}

  Status take(const JsonNode& event) override {
    TRY_ASSIGN(const std::string type, event.text("event_type"));
    if (is_silent(type)) return {};
    if (type == "ConversationStartEvent") return start(event);
    const std::string id = event.text_or_empty("conversation_id");
    if (!conversation_ || (!id.empty() && id != conversation_->source_id)) {
      if (type != "MessageCompleteEvent" && type != "ThinkingCompleteEvent") return {};
      return event.fail(done_.contains(id)
                            ? "events of two conversations are mixed; write each into a file of its own"
                            : "a message before its conversation's ConversationStartEvent; is the log's "
                              "beginning cut off?");
    }
    if (type == "SystemPromptEvent") return system_prompt(event);
    if (type == "ThinkingCompleteEvent") return thinking(event);
    if (type == "MessageCompleteEvent") return message(event);
    if (type == "ConversationEndEvent") return end(event);
    add_note(*conversation_, type, words_of(event));
    return {};
  }

  Status finish() override {
    if (!conversation_) return {};
    LoggedConversation done = std::move(*conversation_);
    conversation_.reset();
    done_.insert(done.source_id);
    return sink_.put(std::move(done));
  }

 private:
  Status start(const JsonNode& event) {
    TRY_ASSIGN(const std::string id, event.text("conversation_id"));
    if (conversation_ && conversation_->source_id == id) {
      add_note(*conversation_, "ConversationStartEvent", "started again");
      return {};
    }
    TRY(finish());
    if (done_.contains(id)) {
      return event.fail("a conversation that was left goes on; write each into a file of its own");
    }
    conversation_ = sink_.begin();
    conversation_->source_id = id;
    thinking_ = {};
    for (const std::string_view agent : kAgents) {
      conversation_->participants.push_back(
          {of_agent(event, agent, "display_name"), of_agent(event, agent, "model"), ""});
      LoggedParticipant& seat = conversation_->participants.back();
      if (seat.name.empty()) seat.name = agent;
    }
    auto& seats = conversation_->participants;
    if (seats[0].name == seats[1].name) {
      for (std::size_t i = 0; i < seats.size(); ++i) seats[i].name = kAgents[i];
    }
    add_injection(*conversation_, event.text_or_empty("initial_prompt"), chat::AuthorKind::kHarness, {});
    for (const char* key : {"max_turns", "temperature_a", "temperature_b"}) {
      if (const auto value = event.find(key)) declare(*conversation_, key, base::dump_json(value->value()));
    }
    declare(*conversation_, "timestamp", event.text_or_empty("timestamp"));
    return {};
  }

  Status system_prompt(const JsonNode& event) {
    TRY_ASSIGN(const std::string agent, event.text("agent_id"));
    TRY_ASSIGN(std::string prompt, event.text("prompt"));
    const auto seat = agent_seat(agent);
    if (seat && conversation_->turns.empty() && conversation_->participants[*seat].system_prompt.empty()) {
      conversation_->participants[*seat].system_prompt = std::move(prompt);
    } else {
      add_injection(*conversation_, std::move(prompt), chat::AuthorKind::kHarness, seat);
    }
    return {};
  }

  Status thinking(const JsonNode& event) {
    TRY_ASSIGN(const std::string agent, event.text("agent_id"));
    TRY_ASSIGN(std::string words, event.text("thinking_content"));
    if (const auto seat = agent_seat(agent)) thinking_[*seat] += words;
    return {};
  }

  Status message(const JsonNode& event) {
    TRY_ASSIGN(const std::string agent, event.text("agent_id"));
    TRY_ASSIGN(const JsonNode message, event.object("message"));
    TRY_ASSIGN(std::string text, message.text("content"));
    const auto seat = agent_seat(agent);
    if (!seat) {
      add_injection(*conversation_, std::move(text), outsider(agent).value_or(chat::AuthorKind::kHarness),
                    {});
      return {};
    }
    chat::Turn turn;
    turn.speaker = *seat;
    turn.text = std::move(text);
    turn.reasoning = std::exchange(thinking_[*seat], "");
    const bool no_tokens = base::integer_at(event.value(), "completion_tokens").value_or(1) == 0;
    if (no_tokens && turn.text.starts_with("[API error: ")) {
      add_note(*conversation_, "error", fmt::format("{}: {}", agent, turn.text));
      return {};
    }
    TRY(event.check(add_turn(*conversation_, std::move(turn), sink_.options())));
    LoggedCall call;
    call.created_ms = time_ms_at(event.value(), "timestamp");
    call.usage = usage_at(event.value(), "prompt_tokens", "completion_tokens");
    call.timing = timing_at(event.value(), "duration_ms");
    add_call(*conversation_, call);
    return {};
  }

  Status end(const JsonNode& event) {
    conversation_->ended = event.text_or_empty("status");
    for (const char* key : {"reason", "error"}) {
      const std::string word = event.text_or_empty(key);
      if (!word.empty()) conversation_->ended += ": " + word;
    }
    return {};
  }

  LogSink& sink_;
  std::optional<LoggedConversation> conversation_;
  std::array<std::string, kAgents.size()> thinking_;
  std::set<std::string> done_;
};

std::unique_ptr<LineReader> open(LogSink& sink) { return std::make_unique<PidginReader>(sink); }

}  // namespace

const LineFormat kPidgin{.format = LogFormat::kPidgin,
                         .shape = "pidgin-ai events {event_type, conversation_id, …}, one a line",
                         .recognise = recognise,
                         .open = open};

}  // namespace duologue::store
