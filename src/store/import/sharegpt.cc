#include "store/import/sharegpt.h"

#include <utility>

#include <fmt/format.h>

#include "chat/nobody.h"
#include "store/import/own_formats.h"

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

class ShareGptReader {
 public:
  ShareGptReader(const JsonNode& document, LogSink& sink)
      : document_(document), sink_(sink), conversation_(sink.begin()) {}

  Status read() {
    conversation_.source_id = document_.text_or_empty("id");
    is_own_ = document_.find("participants").has_value();
    if (is_own_) TRY(read_seats(document_, sink_.options(), conversation_));
    TRY_ASSIGN(const JsonNode messages, document_.list("conversations"));
    system_prompt_ = document_.text_or_empty("system");
    for (std::size_t i = 0; i < messages.size(); ++i) TRY(read_message(messages[i]));
    for (LoggedParticipant& one : conversation_.participants) {
      if (is_own_ || one.name != "gpt") continue;
      one.system_prompt = system_prompt_;
      one.model = document_.text_or_empty("model");
    }
    return sink_.put(std::move(conversation_));
  }

 private:
  Status read_message(const JsonNode& node) {
    TRY_ASSIGN(const std::string from, node.text("from"));
    TRY_ASSIGN(std::string value, node.text("value"));
    if (from == "system") {
      take_system(std::move(value));
      return {};
    }
    if (answers_a_call(from)) {
      take_result(std::move(value));
      return {};
    }
    const bool is_call = from == "function_call";
    // Of our own, which number the turns, a call belongs to the turn that it follows.
    const std::int64_t number = base::integer_at(node.value(), "turn").value_or(-1);
    if (is_call && number > 0 && number == turn_count(conversation_)) {
      add_tool_call(conversation_.turns.back(), value);
      return {};
    }
    if (number == 0) {
      conversation_.between.push_back(
          {turn_count(conversation_),
           chat::Injection{{}, chat::Placement::kAppended, std::move(value), {author_of(node), ""}}});
      return {};
    }
    chat::Turn turn;
    TRY_ASSIGN(turn.speaker, speaker_of(node, is_call ? "gpt" : from));
    if (is_call) {
      add_tool_call(turn, value);
    } else {
      turn.text = std::move(value);
    }
    turn.reasoning = node.text_or_empty("reasoning");
    if (is_own_) set_author(turn, author_of(node));
    return node.check(add_turn(conversation_, std::move(turn), sink_.options()));
  }

  static chat::AuthorKind author_of(const JsonNode& node) {
    return chat::author_kind_from(node.text_or_empty("author")).value_or(chat::AuthorKind::kModel);
  }

  base::Result<chat::ParticipantId> speaker_of(const JsonNode& node, const std::string& from) {
    const std::string name = is_own_ ? node.text_or_empty("name") : "";
    if (name == chat::kNobodysName && author_of(node) != chat::AuthorKind::kModel) return kNobody;
    const auto seat = seat_of(conversation_, name.empty() ? from : name, sink_.options());
    if (!seat) return node.fail(fmt::format("more than {} speakers", sink_.options().max_participants));
    return *seat;
  }

  void take_system(std::string text) {
    if (conversation_.turns.empty() && system_prompt_.empty()) {
      system_prompt_ = std::move(text);
    } else {
      add_injection(conversation_, std::move(text), chat::AuthorKind::kHarness, {});
    }
  }

  void take_result(std::string text) {
    if (conversation_.turns.empty() || conversation_.turns.back().tool_calls.empty()) {
      add_note(conversation_, "tool_result", "a result that no call came before was left out");
    } else {
      conversation_.turns.back().tool_calls.back().result = std::move(text);
    }
  }

  static void add_tool_call(chat::Turn& turn, const std::string& value) {
    chat::ToolCall made{"", "", value, ""};
    if (const auto call = base::parse_foreign_json(value)) {
      made.name = base::string_at(*call, "name").value_or("");
      if (const Json* arguments = base::member_at(*call, "arguments")) {
        made.arguments = arguments->is_string() ? arguments->get<std::string>() : base::dump_json(*arguments);
      }
    }
    turn.tool_calls.push_back(std::move(made));
    turn.stop_reason = chat::StopReason::kToolCall;
  }

  const JsonNode& document_;
  LogSink& sink_;
  LoggedConversation conversation_;
  std::string system_prompt_;
  bool is_own_ = false;  // with participants, as our own export has them
};

Status read(const JsonNode& document, LogSink& sink) { return ShareGptReader(document, sink).read(); }

}  // namespace

const DocumentFormat kShareGpt{.format = LogFormat::kShareGpt,
                               .shape = "ShareGPT {conversations: [{from, value}]}",
                               .recognise = recognise,
                               .read = read};

}  // namespace duologue::store
