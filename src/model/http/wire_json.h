// What the wire forms share: reading their JSON events, and saying in JSON what a view holds. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "chat/tool.h"
#include "chat/turn.h"
#include "chat/view.h"
#include "model/http/wire_error.h"

namespace duologue::model::http {

// One event's JSON object. kUnavailable for what is none: the provider may do better the next time.
base::Result<base::Json> event_json(std::string_view data, const Blame& blame);

// A count of tokens; what isn't there or can't be one is 0.
std::uint32_t count_at(const base::Json& object, std::string_view key);

// The string at `key`, without a copy; empty where there is none.
std::string_view text_at(const base::Json& object, std::string_view key);

// OpenAI's words for why an answer ended, and those that compatible servers use. Empty: an unknown word, or
// none.
std::optional<chat::StopReason> stop_reason_of(std::string_view finish_reason);

// The calls of an own turn, which the API wants back in its own form. Empty for every other message.
std::span<const chat::ToolCall> own_calls(const chat::Message& message);

// A call's arguments as the object that templates and APIs want; what a model wrote that is none goes in as
// {"arguments": "…"}, so that it is kept and doesn't break the request.
base::Json arguments_object(const std::string& arguments);

// A tool's parameters: the JSON Schema of its declaration. kUsage where that is no object.
base::Result<base::Json> parameters_of(const chat::ToolDeclaration& tool);

// OpenAI's form of declaring tools, which Ollama shares.
base::Result<base::Json> function_tools(const chat::Tools& tools);

// Base models: the texts, joined by newlines.
std::string raw_prompt_of(const chat::View& view);

// Where an API wants a first message by the user, and the view begins with an own turn.
inline constexpr std::string_view kEarlierLeftOut = "(earlier messages are left out)";

}  // namespace duologue::model::http
