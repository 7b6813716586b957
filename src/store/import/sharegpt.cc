#include "store/import/sharegpt.h"

#include <utility>

#include <fmt/format.h>

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

bool recognise(const Json& document) {
  const Json* messages = base::member_at(document, "conversations");
  if (messages == nullptr || !messages->is_array()) return false;
  return messages->empty() || base::member_at(messages->front(), "from") != nullptr;
}

bool answers_a_call(std::string_view from) {
  return from == "observation" || from == "tool" || from == "function_response" || from == "function";
}

Status read_message(const JsonNode& node, LogSink& sink, LoggedConversation& conversation,
                    std::string& system_prompt) {
  TRY_ASSIGN(const std::string from, node.text("from"));
  TRY_ASSIGN(std::string value, node.text("value"));
  if (from == "system") {
    if (conversation.turns.empty() && system_prompt.empty()) {
      system_prompt = std::move(value);
    } else {
      add_injection(conversation, std::move(value), chat::AuthorKind::kHarness, {});
    }
    return {};
  }
  if (answers_a_call(from)) {
    if (conversation.turns.empty() || conversation.turns.back().tool_calls.empty()) {
      add_note(conversation, "tool_result", "a result that no call came before was left out");
    } else {
      conversation.turns.back().tool_calls.back().result = std::move(value);
    }
    return {};
  }
  const bool is_call = from == "function_call";
  const auto seat = seat_of(conversation, is_call ? "gpt" : from, sink.options());
  if (!seat) return node.fail(fmt::format("more than {} speakers", sink.options().max_participants));
  chat::Turn turn;
  turn.speaker = *seat;
  if (is_call) {
    const auto call = base::parse_foreign_json(value);
    turn.tool_calls.push_back({"", call ? base::string_at(*call, "name").value_or("") : "", value, ""});
    turn.stop_reason = chat::StopReason::kToolCall;
  } else {
    turn.text = std::move(value);
  }
  return node.check(add_turn(conversation, std::move(turn), sink.options()));
}

Status read(const JsonNode& document, LogSink& sink) {
  LoggedConversation conversation = sink.begin();
  conversation.source_id = document.text_or_empty("id");
  TRY_ASSIGN(const JsonNode messages, document.list("conversations"));
  std::string system_prompt = document.text_or_empty("system");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    TRY(read_message(messages[i], sink, conversation, system_prompt));
  }
  for (LoggedParticipant& one : conversation.participants) {
    if (one.name != "gpt") continue;
    one.system_prompt = system_prompt;
    one.model = document.text_or_empty("model");
  }
  return sink.put(std::move(conversation));
}

}  // namespace

const DocumentFormat kShareGpt{.format = LogFormat::kShareGpt,
                               .shape = "ShareGPT {conversations: [{from, value}]}",
                               .recognise = recognise,
                               .read = read};

}  // namespace duologue::store
