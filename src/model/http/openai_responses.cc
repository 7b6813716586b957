#include "model/http/openai_responses.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "chat/reasoning_text.h"
#include "model/http/openai_events.h"
#include "model/http/sampler_fields.h"
#include "model/http/sse_answer_reader.h"
#include "model/http/wire_json.h"

namespace duologue::model::http {

namespace {

using base::Json;
using base::Result;
using base::Status;

class ResponsesReader final : public SseAnswerReader {
 public:
  using SseAnswerReader::SseAnswerReader;

 private:
  Status take(std::string_view data) override;
  Status take_end(const Json& response);
  Status take_whole(const Json& response);
};

Status ResponsesReader::take(std::string_view data) {
  if (data == "[DONE]") return {};
  TRY_ASSIGN(const Json event, event_json(data, blame_));
  const std::string_view type = text_at(event, "type");
  const std::string_view delta = text_at(event, "delta");
  const std::int64_t index = base::integer_at(event, "output_index").value_or(0);
  if (type == "response.output_text.delta") {
    if (const Json* logprobs = base::member_at(event, "logprobs"); logprobs != nullptr && !logprobs->empty())
      take_logprobs({{"content", *logprobs}}, answer_);
    return answer_.add_text(delta);
  }
  if (type == "response.refusal.delta") {
    answer_.stop_reason = chat::StopReason::kRefusal;
    return answer_.add_text(delta);
  }
  if (type == "response.reasoning_text.delta" || type == "response.reasoning_summary_text.delta")
    return answer_.add_reasoning(delta);
  if (type == "response.function_call_arguments.delta") return answer_.tools().add(index, "", "", delta);
  const Json* item = base::member_at(event, "item");
  if (type == "response.output_item.added" && item != nullptr && text_at(*item, "type") == "function_call") {
    answer_.touch();
    return answer_.tools().add(index, text_at(*item, "call_id"), text_at(*item, "name"), "");
  }
  const Json* response = base::member_at(event, "response");
  if (response != nullptr && (type == "response.completed" || type == "response.incomplete"))
    return take_end(*response);
  if (type == "response.failed" && response != nullptr)
    return std::unexpected(error_of_json(*response, blame_));
  if (type == "error" || holds_error(event)) return std::unexpected(error_of_json(event, blame_));
  if (text_at(event, "object") == "response") return take_whole(event);  // a server that doesn't stream
  return {};
}

Status ResponsesReader::take_end(const Json& response) {
  answer_.ended = true;
  if (const std::string_view model = text_at(response, "model"); !model.empty())
    answer_.model_version = model;
  if (const Json* usage = base::member_at(response, "usage"); usage != nullptr && usage->is_object()) {
    chat::Usage& to = answer_.usage;
    to.prompt_tokens = count_at(*usage, "input_tokens");
    to.completion_tokens = count_at(*usage, "output_tokens");
    std::uint32_t cached = 0;
    if (const Json* details = base::member_at(*usage, "input_tokens_details"))
      cached = count_at(*details, "cached_tokens");
    to.new_prompt_tokens = to.prompt_tokens - std::min(cached, to.prompt_tokens);
    if (const Json* details = base::member_at(*usage, "output_tokens_details"))
      to.reasoning_tokens = count_at(*details, "reasoning_tokens");
  }
  if (answer_.stop_reason) return {};
  if (const Json* details = base::member_at(response, "incomplete_details"))
    answer_.stop_reason = stop_reason_of(text_at(*details, "reason"));
  return {};
}

Status ResponsesReader::take_whole(const Json& response) {
  if (holds_error(response)) return std::unexpected(error_of_json(response, blame_));
  if (const Json* output = base::member_at(response, "output"); output != nullptr && output->is_array()) {
    for (const Json& item : *output) {
      if (text_at(item, "type") == "function_call")
        TRY(answer_.tools().add_whole(text_at(item, "call_id"), text_at(item, "name"),
                                      text_at(item, "arguments")));
      const bool reasoning = text_at(item, "type") == "reasoning";
      const Json* content = base::member_at(item, "content");
      if (content == nullptr || !content->is_array()) continue;
      for (const Json& part : *content) {
        TRY(reasoning ? answer_.add_reasoning(text_at(part, "text"))
                      : answer_.add_text(text_at(part, "text")));
      }
    }
  }
  return take_end(response);
}

void put_own_turn(MessageList& input, const chat::Message& from) {
  const std::string text =
      from.reasoning ? chat::with_reasoning(*from.reasoning, *from.content) : *from.content;
  input.push_back({{"type", "message"}, {"role", "assistant"}, {"content", text}});
  for (const chat::ToolCall& call : own_calls(from)) {
    input.push_back({{"type", "function_call"},
                     {"call_id", call.id},
                     {"name", call.name},
                     {"arguments", base::dump_json(arguments_object(call.arguments))}});
  }
  for (const chat::ToolCall& call : own_calls(from))
    input.push_back({{"type", "function_call_output"}, {"call_id", call.id}, {"output", call.result}});
}

class OpenAiResponses final : public WireForm {
 public:
  std::string_view name() const override { return "responses"; }

  Result<WireCall> request(const chat::View& view, const GenerateConfig& config,
                           const WireTarget& target) const override {
    WireCall call{"/responses", Json::object(), "input", {}};
    Json& body = call.body;
    MessageList& input = call.messages;
    body["model"] = target.model;
    for (const chat::Message& from : view.messages) {
      if (from.role == chat::Role::kSystem) {
        body["instructions"] = *from.content;
      } else if (from.role == chat::Role::kAssistant) {
        put_own_turn(input, from);
      } else {
        input.push_back({{"type", "message"}, {"role", "user"}, {"content", *from.content}});
      }
    }
    body["input"] = nullptr;
    body["stream"] = true;
    body["store"] = false;
    put_sampling(body, config.sampling, Api::kResponses, target.dialect);
    if (target.dialect == Dialect::kLlamaServer) {
      body["seed"] = wire_seed(config.key);
    } else {
      body["include"] = Json::array({"message.output_text.logprobs"});
      body["top_logprobs"] = kTopLogprobs;
    }
    if (!config.tools || config.tools->empty()) return call;
    for (const chat::ToolDeclaration& tool : *config.tools) {
      Json declared = {{"type", "function"}, {"name", tool.name}, {"description", tool.description}};
      TRY_ASSIGN(declared["parameters"], parameters_of(tool));
      declared["strict"] = false;
      body["tools"].push_back(std::move(declared));
    }
    return call;
  }

  std::unique_ptr<AnswerReader> reader(Answer& answer, const Blame& blame) const override {
    return std::make_unique<ResponsesReader>(answer, blame);
  }
};

}  // namespace

const WireForm& openai_responses() {
  static const OpenAiResponses form;
  return form;
}

}  // namespace duologue::model::http
