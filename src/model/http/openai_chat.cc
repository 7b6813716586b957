#include "model/http/openai_chat.h"

#include <vector>

#include <fmt/format.h>

#include "base/rng.h"
#include "model/http/openai_events.h"
#include "model/http/sampler_fields.h"
#include "model/http/wire_json.h"

namespace duologue::model::http {

namespace {

using base::Json;
using base::Result;
using base::Status;

Json message(std::string_view role, std::string_view content) {
  return {{"role", role}, {"content", content}};
}

// An own turn: its words, its reasoning where the view shows that, its calls and what they were answered.
void put_own_turn(MessageList& messages, const chat::Message& from) {
  Json own = message("assistant", *from.content);
  if (from.reasoning) own["reasoning_content"] = *from.reasoning;
  const auto calls = own_calls(from);
  for (const chat::ToolCall& call : calls) {
    own["tool_calls"].push_back(
        {{"id", call.id},
         {"type", "function"},
         {"function",
          {{"name", call.name}, {"arguments", base::dump_json(arguments_object(call.arguments))}}}});
  }
  messages.push_back(own);
  for (const chat::ToolCall& call : calls)
    messages.push_back({{"role", "tool"}, {"tool_call_id", call.id}, {"content", call.result}});
}

class OpenAiChat final : public WireForm {
 public:
  std::string_view name() const override { return "chat completions"; }

  Result<WireCall> request(const chat::View& view, const GenerateConfig& config,
                           const WireTarget& target) const override {
    WireCall call{"/chat/completions", Json::object(), "messages", {}};
    Json& body = call.body;
    MessageList& messages = call.messages;
    body["model"] = target.model;
    body["messages"] = nullptr;
    for (const chat::Message& from : view.messages) {
      if (from.role == chat::Role::kAssistant) {
        put_own_turn(messages, from);
      } else {
        messages.push_back(message(chat::to_string(from.role), *from.content));
      }
    }
    if (!config.prefill.empty()) {
      messages.push_back(message("assistant", config.prefill));
      if (target.dialect == Dialect::kVllm) {
        body["add_generation_prompt"] = false;
        body["continue_final_message"] = true;
      }
    }
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
    put_sampling(body, config.sampling, Api::kChat, target.dialect);
    body["seed"] = wire_seed(config.key);
    body["logprobs"] = true;
    body["top_logprobs"] = kTopLogprobs;
    if (config.tools && !config.tools->empty()) {
      TRY_ASSIGN(body["tools"], function_tools(*config.tools));
    }
    return call;
  }

  std::unique_ptr<AnswerReader> reader(Answer& answer, const Blame& blame) const override {
    return std::make_unique<OpenAiEventReader>(answer, blame);
  }
};

}  // namespace

const WireForm& openai_chat() {
  static const OpenAiChat form;
  return form;
}

}  // namespace duologue::model::http
