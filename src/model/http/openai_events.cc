#include "model/http/openai_events.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/http/wire_json.h"

namespace duologue::model::http {

namespace {

using base::Json;
using base::Status;

constexpr std::string_view kDone = "[DONE]";

// `content` of a message: a string, nothing, or a list of parts of which the texts count.
Status take_content(const Json& content, Answer& answer) {
  if (content.is_string()) return answer.add_text(content.get_ref<const std::string&>());
  if (!content.is_array()) return {};
  for (const Json& part : content) TRY(answer.add_text(text_at(part, "text")));
  return {};
}

std::vector<double> top_of(const Json& list) {
  std::vector<double> top;
  if (list.is_array()) {
    for (const Json& one : list) {
      if (const auto value = base::number_at(one, "logprob")) top.push_back(*value);
    }
  } else if (list.is_object()) {  // the older form: token -> log-probability
    for (const Json& value : list) {
      if (value.is_number()) top.push_back(value.get<double>());
    }
  }
  return top;
}

}  // namespace

std::uint64_t wire_seed(const base::RngKey& key) { return base::random_bits(key, 0) & 0x7FFF'FFFFU; }

void take_logprobs(const Json& logprobs, Answer& answer) {
  if (const Json* content = base::member_at(logprobs, "content"); content != nullptr && content->is_array()) {
    for (const Json& token : *content) {
      const auto value = base::number_at(token, "logprob");
      if (!value) continue;
      const Json* top = base::member_at(token, "top_logprobs");
      answer.add_logprob(*value, top == nullptr ? std::vector<double>() : top_of(*top));
    }
    return;
  }
  const Json* values = base::member_at(logprobs, "token_logprobs");
  const Json* tops = base::member_at(logprobs, "top_logprobs");
  if (values == nullptr || !values->is_array()) return;
  for (std::size_t i = 0; i < values->size(); ++i) {
    if (!(*values)[i].is_number()) continue;  // an echoed prompt's first token has none
    const bool has_top = tops != nullptr && tops->is_array() && i < tops->size();
    answer.add_logprob((*values)[i].get<double>(), has_top ? top_of((*tops)[i]) : std::vector<double>());
  }
}

Status OpenAiEventReader::take(std::string_view data) {
  if (data == kDone) {
    answer_.ended = true;
    return {};
  }
  TRY_ASSIGN(const Json event, event_json(data, blame_));
  if (holds_error(event) || text_at(event, "object") == "error")
    return std::unexpected(error_of_json(event, blame_));
  if (const std::string_view model = text_at(event, "model"); !model.empty()) {
    const std::string_view build = text_at(event, "system_fingerprint");
    answer_.model_version = build.empty() ? std::string(model) : fmt::format("{} ({})", model, build);
  }
  if (const Json* usage = base::member_at(event, "usage"); usage != nullptr && usage->is_object())
    take_usage(*usage);
  const Json* choices = base::member_at(event, "choices");
  if (choices == nullptr || !choices->is_array()) return {};
  for (const Json& choice : *choices) {
    if (base::integer_at(choice, "index").value_or(0) == 0) TRY(take_choice(choice));
  }
  return {};
}

Status OpenAiEventReader::take_choice(const Json& choice) {
  if (holds_error(choice)) return std::unexpected(error_of_json(choice, blame_));
  for (const std::string_view key : {"delta", "message"}) {
    if (const Json* message = base::member_at(choice, key); message != nullptr && message->is_object())
      TRY(take_message(*message));
  }
  TRY(answer_.add_text(text_at(choice, "text")));
  if (const Json* logprobs = base::member_at(choice, "logprobs")) take_logprobs(*logprobs, answer_);
  const std::string_view reason = text_at(choice, "finish_reason");
  if (reason.empty()) return {};
  if (reason == "error") {
    return base::fail(base::ErrorKind::kUnavailable,
                      fmt::format("{} at {}: the answer ended in an error", blame_.model, blame_.origin));
  }
  answer_.ended = true;
  // A refusal's own words came with "stop".
  if (!answer_.stop_reason) answer_.stop_reason = stop_reason_of(reason);
  return {};
}

Status OpenAiEventReader::take_message(const Json& delta) {
  if (const Json* content = base::member_at(delta, "content")) TRY(take_content(*content, answer_));
  // One of these, by the server; OpenRouter sends both names with the same words.
  const std::string_view reasoning = text_at(delta, "reasoning_content");
  TRY(answer_.add_reasoning(reasoning.empty() ? text_at(delta, "reasoning") : reasoning));
  if (const std::string_view refusal = text_at(delta, "refusal"); !refusal.empty()) {
    answer_.stop_reason = chat::StopReason::kRefusal;
    TRY(answer_.add_text(refusal));
  }
  if (const Json* calls = base::member_at(delta, "tool_calls"); calls != nullptr && calls->is_array()) {
    for (const Json& call : *calls) TRY(take_tool_call(call));
  }
  if (const Json* call = base::member_at(delta, "function_call"); call != nullptr && call->is_object()) {
    answer_.touch();
    TRY(answer_.tools().add(0, "", text_at(*call, "name"), text_at(*call, "arguments")));
  }
  return {};
}

Status OpenAiEventReader::take_tool_call(const Json& call) {
  answer_.touch();
  const std::string_view id = text_at(call, "id");
  const Json* function = base::member_at(call, "function");
  const Json none = Json::object();
  const Json& part = function != nullptr && function->is_object() ? *function : none;
  const Json* arguments = base::member_at(part, "arguments");
  // Some servers send the object itself.
  const std::string text = arguments == nullptr     ? std::string()
                           : arguments->is_string() ? arguments->get<std::string>()
                           : arguments->is_object() ? base::dump_json(*arguments)
                                                    : std::string();
  if (const auto index = base::integer_at(call, "index"))
    return answer_.tools().add(*index, id, text_at(part, "name"), text);
  return answer_.tools().add_whole(id, text_at(part, "name"), text);
}

void OpenAiEventReader::take_usage(const Json& usage) {
  chat::Usage& to = answer_.usage;
  to.prompt_tokens = count_at(usage, "prompt_tokens");
  to.completion_tokens = count_at(usage, "completion_tokens");
  std::uint32_t cached = count_at(usage, "prompt_cache_hit_tokens");
  if (const Json* details = base::member_at(usage, "prompt_tokens_details"))
    cached = std::max(cached, count_at(*details, "cached_tokens"));
  to.new_prompt_tokens = to.prompt_tokens - std::min(to.prompt_tokens, cached);
  if (const Json* details = base::member_at(usage, "completion_tokens_details"))
    to.reasoning_tokens = count_at(*details, "reasoning_tokens");
}

}  // namespace duologue::model::http
