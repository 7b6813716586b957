#include "model/http/wire_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/http/line_reader.h"

namespace duologue::model::http {

using base::ErrorKind;
using base::Json;

base::Result<Json> event_json(std::string_view data, const Blame& blame) {
  // Half a surrogate pair, or half a character's bytes, are no broken JSON: the rest comes with the next
  // piece.
  auto json = base::parse_foreign_json(data, {.max_bytes = kMaxLine});
  if (json && json->is_object()) return std::move(*json);
  return base::fail(ErrorKind::kUnavailable,
                    fmt::format("{} at {}: it sent broken JSON ({})", blame.model, blame.origin,
                                json ? "not an object" : json.error().what));
}

std::uint32_t count_at(const Json& object, std::string_view key) {
  const auto value = base::unsigned_at(object, key);
  return value && *value <= UINT32_MAX ? static_cast<std::uint32_t>(*value) : 0;
}

std::string_view text_at(const Json& object, std::string_view key) {
  const Json* value = base::member_at(object, key);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_ref<const std::string&>();
}

std::optional<chat::StopReason> stop_reason_of(std::string_view finish_reason) {
  using chat::StopReason;
  static constexpr struct {
    std::string_view word;
    StopReason reason;
  } kWords[] = {
      {"stop", StopReason::kEndOfTurn},
      {"eos", StopReason::kEndOfTurn},
      {"end_turn", StopReason::kEndOfTurn},
      {"completed", StopReason::kEndOfTurn},
      {"stop_sequence", StopReason::kStopSequence},
      {"length", StopReason::kLength},
      {"max_tokens", StopReason::kLength},
      {"max_output_tokens", StopReason::kLength},
      {"model_length", StopReason::kLength},
      {"model_context_window_exceeded", StopReason::kLength},
      {"tool_calls", StopReason::kToolCall},
      {"function_call", StopReason::kToolCall},
      {"tool_use", StopReason::kToolCall},
      {"content_filter", StopReason::kContentFilter},
      {"refusal", StopReason::kRefusal},
      {"safety", StopReason::kContentFilter},
  };
  for (const auto& known : kWords) {
    if (known.word == finish_reason) return known.reason;
  }
  return std::nullopt;
}

std::span<const chat::ToolCall> own_calls(const chat::Message& message) {
  if (message.role != chat::Role::kAssistant || !message.source) return {};
  const chat::Turn* turn = message.source->as_turn();
  return turn == nullptr ? std::span<const chat::ToolCall>() : turn->tool_calls;
}

Json arguments_object(const std::string& arguments) {
  if (arguments.empty()) return Json::object();
  auto json = base::parse_json(arguments);
  if (json && json->is_object()) return std::move(*json);
  Json wrapped = Json::object();
  wrapped["arguments"] = arguments;
  return wrapped;
}

base::Result<Json> parameters_of(const chat::ToolDeclaration& tool) {
  auto json = base::parse_json(tool.parameters);
  if (json && json->is_object()) return std::move(*json);
  return base::fail(ErrorKind::kUsage,
                    fmt::format("the tool {}: its parameters are no JSON Schema of an object", tool.name));
}

base::Result<Json> function_tools(const chat::Tools& tools) {
  Json list = Json::array();
  for (const chat::ToolDeclaration& tool : tools) {
    Json function = Json::object();
    function["name"] = tool.name;
    function["description"] = tool.description;
    TRY_ASSIGN(function["parameters"], parameters_of(tool));
    list.push_back({{"type", "function"}, {"function", std::move(function)}});
  }
  return list;
}

std::string raw_prompt_of(const chat::View& view) {
  std::string prompt;
  for (std::size_t i = 0; i < view.messages.size(); ++i) {
    if (i > 0) prompt.push_back('\n');
    prompt += *view.messages[i].content;
  }
  return prompt;
}

}  // namespace duologue::model::http
