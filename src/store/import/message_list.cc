#include "store/import/message_list.h"

#include <fmt/format.h>

#include "chat/nobody.h"
#include "store/codec.h"
#include "store/import/log_time.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

constexpr std::string_view kAttachment = "attachment://";

bool is_system(std::string_view role) { return role == "system" || role == "developer"; }
bool is_result(std::string_view role) { return role == "tool" || role == "function"; }

// OpenAI's {id, function: {name, arguments: "…"}}, Inspect's {id, function: "…", arguments: {…}}, Anthropic's
// {id, name, input: {…}}.
chat::ToolCall call_of(const JsonNode& node) {
  const auto function = node.find("function");
  const JsonNode& inner = function && function->is_object() ? *function : node;
  chat::ToolCall call;
  call.id = node.text_or_empty("id");
  call.name = function && function->is_text() ? node.text_or_empty("function") : inner.text_or_empty("name");
  for (const char* key : {"arguments", "input"}) {
    const auto arguments = inner.find(key);
    if (!arguments) continue;
    call.arguments = arguments->is_text() ? inner.text_or_empty(key) : base::dump_json(arguments->value());
  }
  return call;
}

// Who wrote a message, where it says so (Inspect): `input` stood in the data set, an operator is a person.
void set_source(chat::Turn& turn, std::string_view source) {
  if (source == "input") set_author(turn, chat::AuthorKind::kHarness);
  if (source == "operator") set_author(turn, chat::AuthorKind::kHuman);
}

std::optional<JsonNode> own_metadata(const JsonNode& message) {
  const auto metadata = message.find("metadata");
  return metadata ? metadata->find("duologue") : std::nullopt;
}

}  // namespace

bool is_message_list(const Json& value) {
  return value.is_array() && !value.empty() && base::member_at(value.front(), "role") != nullptr;
}

MessageListReader::MessageListReader(LoggedConversation& conversation, const LogOptions& options,
                                     const Json* attachments)
    : conversation_(conversation), options_(options), attachments_(attachments) {}

Status MessageListReader::read(const JsonNode& messages) {
  for (std::size_t i = 0; i < messages.size(); ++i) TRY(read_message(messages[i]));
  for (LoggedParticipant& one : conversation_.participants) {
    if (one.name == "assistant") one.system_prompt = system_prompt_;
  }
  return {};
}

Status MessageListReader::read_message(const JsonNode& message) {
  TRY_ASSIGN(const std::string role, message.text("role"));
  if (is_result(role)) {
    // Of our own, the turn itself has it.
    return own_metadata(message) ? Status() : read_result(message);
  }
  if (!is_system(role)) return read_turn(message, role);
  Content content;
  TRY(read_content(message, content));
  if (conversation_.turns.empty()) {
    system_prompt_ += (system_prompt_.empty() ? "" : "\n\n") + content.text;
  } else {
    const auto seat = seat_of(conversation_, "assistant", options_);
    add_injection(conversation_, std::move(content.text), chat::AuthorKind::kHarness, seat);
  }
  return {};
}

Status MessageListReader::read_turn(const JsonNode& message, const std::string& role) {
  Content content;
  TRY(read_content(message, content));
  if (const auto own = own_metadata(message)) return read_own(message, *own, std::move(content));
  TRY(read_calls(message, content));
  if (content.answered_a_call && content.text.empty() && content.calls.empty()) return {};
  const std::string name = message.text_or_empty("name");
  const auto seat = seat_of(conversation_, name.empty() ? role : name, options_);
  if (!seat) return message.fail(fmt::format("more than {} names", options_.max_participants));
  models_.note(conversation_, *seat, message.text_or_empty("model"));
  chat::Turn turn;
  turn.speaker = *seat;
  turn.text = std::move(content.text);
  turn.reasoning = std::move(content.reasoning);
  turn.tool_calls = std::move(content.calls);
  if (!turn.tool_calls.empty()) turn.stop_reason = chat::StopReason::kToolCall;
  if (content.refused) turn.stop_reason = chat::StopReason::kRefusal;
  set_source(turn, message.text_or_empty("source"));
  for (std::size_t i = 0; i < turn.tool_calls.size(); ++i) {
    calls_[turn.tool_calls[i].id] = {conversation_.turns.size(), i};
  }
  return message.check(add_turn(conversation_, std::move(turn), options_));
}

Status MessageListReader::read_own(const JsonNode& message, const JsonNode& own, Content content) {
  TRY_ASSIGN(const std::string kind, own.text("author"));
  const auto author = chat::author_kind_from(kind);
  if (!author) return own.fail(fmt::format("{} is no kind of author", in_quotes(kind)));
  const chat::Author who{*author, own.text_or_empty("author_name")};
  TRY_ASSIGN(const std::int64_t number, own.integer("turn"));
  if (number == 0) {
    conversation_.between.push_back(
        {turn_count(conversation_),
         chat::Injection{{}, chat::Placement::kAppended, std::move(content.text), who}});
    return {};
  }
  TRY_ASSIGN(const std::string speaker, own.text("speaker"));
  chat::Turn turn;
  turn.author = who;
  if (speaker == chat::kNobodysName && *author != chat::AuthorKind::kModel) {
    turn.speaker = kNobody;
  } else {
    const auto seat = seat_of(conversation_, speaker, options_);
    if (!seat) return message.fail(fmt::format("more than {} names", options_.max_participants));
    turn.speaker = *seat;
  }
  turn.text = std::move(content.text);
  turn.reasoning = std::move(content.reasoning);
  turn.stop_reason = chat::stop_reason_from(own.text_or_empty("stop_reason")).value_or(turn.stop_reason);
  if (own.find("tool_calls")) {
    TRY_ASSIGN(const JsonNode calls, own.list("tool_calls"));
    auto read = tool_calls_from_json(base::dump_json(calls.value()));
    if (!read) return calls.fail("must be a list of {id, name, arguments, result}");
    turn.tool_calls = std::move(*read);
  }
  TRY(message.check(add_turn(conversation_, std::move(turn), options_)));
  add_call(conversation_, {.created_ms = time_ms_at(own.value(), "created_ms"), .usage = {}, .timing = {}});
  return {};
}

Status MessageListReader::read_result(const JsonNode& message) {
  Content content;
  TRY(read_content(message, content));
  std::string call = message.text_or_empty("tool_call_id");
  if (call.empty() && !conversation_.turns.empty() && !conversation_.turns.back().tool_calls.empty()) {
    call = conversation_.turns.back().tool_calls.back().id;  // the old `function` role
  }
  take_result(call, std::move(content.text));
  return {};
}

void MessageListReader::take_result(const std::string& call, std::string text) {
  const auto at = calls_.find(call);
  if (at == calls_.end()) {
    add_note(conversation_, "tool_result", "a result that no call came before was left out");
    return;
  }
  const auto [turn, index] = at->second;
  conversation_.turns[turn].tool_calls[index].result = std::move(text);
}

Status MessageListReader::read_content(const JsonNode& message, Content& content) {
  if (const auto refusal = message.find("refusal"); refusal && refusal->is_text()) {
    content.text = message.text_or_empty("refusal");
    content.refused = true;
  }
  for (const char* key : {"reasoning_content", "reasoning"}) {
    if (content.reasoning.empty()) content.reasoning = message.text_or_empty(key);
  }
  const auto node = message.find("content");
  if (!node) {
    if (content.refused || message.find("tool_calls") || message.find("function_call")) return {};
    return message.fail("'content' is missing; it must be a text or a list of parts");
  }
  if (!node->is_list()) {
    TRY_ASSIGN(std::string text, node->as_text());
    content.text += resolved(std::move(text));
    return {};
  }
  for (std::size_t i = 0; i < node->size(); ++i) TRY(read_part((*node)[i], content));
  return {};
}

Status MessageListReader::read_part(const JsonNode& part, Content& content) {
  if (part.is_text()) {
    content.text += resolved(part.value().get<std::string>());
    return {};
  }
  TRY(part.must_be_object());
  TRY_ASSIGN(const std::string type, part.text("type"));
  if (type == "text" || type == "input_text" || type == "output_text") {
    TRY_ASSIGN(std::string text, part.text("text"));
    content.text += resolved(std::move(text));
  } else if (type == "refusal") {
    TRY_ASSIGN(const std::string text, part.text("refusal"));
    content.text += text;
    content.refused = true;
  } else if (type == "reasoning" || type == "thinking") {
    for (const char* key : {"reasoning", "thinking", "text"}) content.reasoning += part.text_or_empty(key);
  } else if (type == "tool_use") {
    content.calls.push_back(call_of(part));
  } else if (type == "tool_result") {
    Content result;
    if (part.find("content")) TRY(read_content(part, result));
    take_result(part.text_or_empty("tool_use_id"), std::move(result.text));
    content.answered_a_call = true;
  } else {
    add_note(conversation_, "left_out", fmt::format("a part of type {}", in_quotes(type)));
  }
  return {};
}

Status MessageListReader::read_calls(const JsonNode& message, Content& content) const {
  if (const auto call = message.find("function_call"); call && call->is_object()) {
    content.calls.push_back(call_of(*call));
  }
  if (!message.find("tool_calls")) return {};
  TRY_ASSIGN(const JsonNode calls, message.list("tool_calls"));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    TRY(calls[i].must_be_object());
    content.calls.push_back(call_of(calls[i]));
  }
  return {};
}

std::string MessageListReader::resolved(std::string text) const {
  if (attachments_ == nullptr || !text.starts_with(kAttachment)) return text;
  return base::string_at(*attachments_, text.substr(kAttachment.size())).value_or(text);
}

}  // namespace duologue::store
