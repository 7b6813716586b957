#include "model/http/ollama.h"

#include <fmt/format.h>

#include "model/http/line_reader.h"
#include "model/http/openai_events.h"
#include "model/http/sampler_fields.h"
#include "model/http/wire_json.h"

namespace duologue::model::http {

namespace {

using base::Json;
using base::Result;
using base::Status;

class OllamaReader final : public AnswerReader {
 public:
  OllamaReader(Answer& answer, const Blame& blame) : answer_(answer), blame_(blame) {}

  Status push(std::string_view bytes) override {
    return lines_.push(bytes, [this](std::string_view line) { return take(line); });
  }
  Status finish() override {
    return lines_.finish([this](std::string_view line) { return take(line); });
  }

 private:
  Status take(std::string_view line);
  Status take_message(const Json& message);

  Answer& answer_;
  const Blame& blame_;
  LineReader lines_;
  std::size_t calls_ = 0;
};

Status OllamaReader::take(std::string_view line) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
  TRY_ASSIGN(const Json event, event_json(line, blame_));
  if (holds_error(event)) return std::unexpected(error_of_json(event, blame_));
  if (const std::string_view model = text_at(event, "model"); !model.empty()) answer_.model_version = model;
  if (const Json* message = base::member_at(event, "message")) TRY(take_message(*message));
  TRY(answer_.add_reasoning(text_at(event, "thinking")));
  TRY(answer_.add_text(text_at(event, "response")));
  if (const Json* logprobs = base::member_at(event, "logprobs"); logprobs != nullptr && logprobs->is_array())
    take_logprobs({{"content", *logprobs}}, answer_);
  if (!base::bool_at(event, "done").value_or(false)) return {};
  answer_.ended = true;
  answer_.stop_reason = stop_reason_of(text_at(event, "done_reason"));
  answer_.usage.prompt_tokens = answer_.usage.new_prompt_tokens = count_at(event, "prompt_eval_count");
  answer_.usage.completion_tokens = count_at(event, "eval_count");
  return {};
}

Status OllamaReader::take_message(const Json& message) {
  TRY(answer_.add_reasoning(text_at(message, "thinking")));
  TRY(answer_.add_text(text_at(message, "content")));
  const Json* calls = base::member_at(message, "tool_calls");
  if (calls == nullptr || !calls->is_array()) return {};
  for (const Json& call : *calls) {
    answer_.touch();
    const Json* function = base::member_at(call, "function");
    if (function == nullptr) continue;
    const Json* arguments = base::member_at(*function, "arguments");
    const std::string text = arguments == nullptr     ? std::string()
                             : arguments->is_string() ? arguments->get<std::string>()
                                                      : base::dump_json(*arguments);
    // Its calls are whole, and mostly have no ids: two of one tool are two.
    const std::string id =
        text_at(call, "id").empty() ? fmt::format("call_{}", ++calls_) : std::string(text_at(call, "id"));
    TRY(answer_.tools().add_whole(id, text_at(*function, "name"), text));
  }
  return {};
}

Json options_of(const GenerateConfig& config, const WireTarget& target) {
  Json options = Json::object();
  options["num_ctx"] = target.context_tokens;
  options["seed"] = wire_seed(config.key);
  put_sampling(options, config.sampling, Api::kOllama, Dialect::kOllama);
  return options;
}

void put_rest(Json& body, const GenerateConfig& config, const WireTarget& target) {
  body["stream"] = true;
  body["options"] = options_of(config, target);
  body["truncate"] = false;
  body["shift"] = false;
  body["logprobs"] = true;
  body["top_logprobs"] = kTopLogprobs;
}

void put_own_turn(MessageList& messages, const chat::Message& from) {
  Json own = {{"role", "assistant"}, {"content", *from.content}};
  if (from.reasoning) own["thinking"] = *from.reasoning;
  const auto calls = own_calls(from);
  for (const chat::ToolCall& call : calls)
    own["tool_calls"].push_back(
        {{"function", {{"name", call.name}, {"arguments", arguments_object(call.arguments)}}}});
  messages.push_back(own);
  for (const chat::ToolCall& call : calls)
    messages.push_back({{"role", "tool"}, {"tool_name", call.name}, {"content", call.result}});
}

class OllamaChat final : public WireForm {
 public:
  std::string_view name() const override { return "Ollama's chat"; }

  Result<WireCall> request(const chat::View& view, const GenerateConfig& config,
                           const WireTarget& target) const override {
    WireCall call{"/api/chat", Json::object(), "messages", {}};
    Json& body = call.body;
    MessageList& messages = call.messages;
    body["model"] = target.model;
    body["messages"] = nullptr;
    for (const chat::Message& from : view.messages) {
      if (from.role == chat::Role::kAssistant) {
        put_own_turn(messages, from);
      } else {
        messages.push_back({{"role", chat::to_string(from.role)}, {"content", *from.content}});
      }
    }
    if (!config.prefill.empty()) messages.push_back({{"role", "assistant"}, {"content", config.prefill}});
    put_rest(body, config, target);
    if (config.tools && !config.tools->empty()) {
      TRY_ASSIGN(body["tools"], function_tools(*config.tools));
    }
    return call;
  }

  std::unique_ptr<AnswerReader> reader(Answer& answer, const Blame& blame) const override {
    return std::make_unique<OllamaReader>(answer, blame);
  }
};

class OllamaGenerate final : public WireForm {
 public:
  std::string_view name() const override { return "Ollama's raw generation"; }

  Result<WireCall> request(const chat::View& view, const GenerateConfig& config,
                           const WireTarget& target) const override {
    WireCall call{"/api/generate", Json::object(), "", {}};
    call.body["model"] = target.model;
    call.body["prompt"] = raw_prompt_of(view) + config.prefill;
    call.body["raw"] = true;
    put_rest(call.body, config, target);
    return call;
  }

  std::unique_ptr<AnswerReader> reader(Answer& answer, const Blame& blame) const override {
    return std::make_unique<OllamaReader>(answer, blame);
  }
};

}  // namespace

const WireForm& ollama_chat() {
  static const OllamaChat form;
  return form;
}

const WireForm& ollama_generate() {
  static const OllamaGenerate form;
  return form;
}

Result<std::uint32_t> ask_ollama_context(Transport& transport, const Endpoint& endpoint, const Key& key,
                                         std::stop_token stop) {
  HttpRequest request;
  request.method = "POST";
  request.url = endpoint.base_url + "/api/show";
  request.headers = {{"Content-Type", "application/json"}};
  request.secrets = secret_headers(endpoint, key);
  request.body = base::dump_json({{"model", endpoint.model}});
  request.timeouts = kAskTimeouts;
  TRY_ASSIGN(const HttpAnswer answer, transport.send(request, stop, nullptr));
  const auto json = answer.good() ? base::parse_json(answer.body) : Result<Json>(Json());
  if (!json) return 0;
  const Json* info = base::member_at(*json, "model_info");
  if (info == nullptr || !info->is_object()) return 0;
  for (const auto& [name, value] : info->items()) {
    if (name.ends_with(".context_length")) return count_at(*info, name);
  }
  return 0;
}

}  // namespace duologue::model::http
