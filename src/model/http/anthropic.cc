#include "model/http/anthropic.h"

#include <vector>

#include <fmt/format.h>

#include "chat/reasoning_text.h"
#include "model/http/sampler_fields.h"
#include "model/http/sse_answer_reader.h"
#include "model/http/wire_json.h"

namespace duologue::model::http {

namespace {

using base::Json;
using base::Result;
using base::Status;

class AnthropicReader final : public SseAnswerReader {
 public:
  using SseAnswerReader::SseAnswerReader;

 private:
  Status take(std::string_view data) override;
  Status take_block(const Json& block, std::int64_t index);
  Status take_delta(const Json& delta, std::int64_t index);
  void take_usage(const Json& holder);
  void take_stop(const Json& holder);
};

Status AnthropicReader::take(std::string_view data) {
  TRY_ASSIGN(const Json event, event_json(data, blame_));
  const std::string_view type = text_at(event, "type");
  const std::int64_t index = base::integer_at(event, "index").value_or(0);
  if (type == "error" || holds_error(event)) return std::unexpected(error_of_json(event, blame_));
  if (type == "message_start") {
    if (const Json* message = base::member_at(event, "message")) {
      answer_.model_version = text_at(*message, "model");
      take_usage(*message);
    }
  } else if (type == "content_block_start") {
    if (const Json* block = base::member_at(event, "content_block")) return take_block(*block, index);
  } else if (type == "content_block_delta") {
    if (const Json* delta = base::member_at(event, "delta")) return take_delta(*delta, index);
  } else if (type == "message_delta") {
    take_usage(event);
    if (const Json* delta = base::member_at(event, "delta")) take_stop(*delta);
  } else if (type == "message_stop") {
    answer_.ended = true;
  } else if (type == "message") {  // a server that doesn't stream
    answer_.model_version = text_at(event, "model");
    take_usage(event);
    take_stop(event);
    answer_.ended = true;
    const Json* content = base::member_at(event, "content");
    if (content == nullptr || !content->is_array()) return {};
    std::int64_t number = 0;
    for (const Json& block : *content) TRY(take_block(block, number++));
  }
  return {};
}

Status AnthropicReader::take_block(const Json& block, std::int64_t index) {
  const std::string_view type = text_at(block, "type");
  if (type == "text") return answer_.add_text(text_at(block, "text"));
  if (type == "thinking") return answer_.add_reasoning(text_at(block, "thinking"));
  if (type != "tool_use") return {};  // what isn't said, thought or called by the model
  answer_.touch();
  const Json* input = base::member_at(block, "input");
  const bool whole = input != nullptr && input->is_object() && !input->empty();
  return answer_.tools().add(index, text_at(block, "id"), text_at(block, "name"),
                             whole ? base::dump_json(*input) : std::string());
}

Status AnthropicReader::take_delta(const Json& delta, std::int64_t index) {
  const std::string_view type = text_at(delta, "type");
  if (type == "text_delta") return answer_.add_text(text_at(delta, "text"));
  if (type == "thinking_delta") return answer_.add_reasoning(text_at(delta, "thinking"));
  if (type == "input_json_delta") return answer_.tools().add(index, "", "", text_at(delta, "partial_json"));
  return {};
}

// What was read from or written to the cache isn't counted in input_tokens.
void AnthropicReader::take_usage(const Json& holder) {
  const Json* usage = base::member_at(holder, "usage");
  if (usage == nullptr || !usage->is_object()) return;
  if (base::member_at(*usage, "input_tokens") != nullptr) {
    const std::uint32_t fresh =
        count_at(*usage, "input_tokens") + count_at(*usage, "cache_creation_input_tokens");
    answer_.usage.new_prompt_tokens = fresh;
    answer_.usage.prompt_tokens = fresh + count_at(*usage, "cache_read_input_tokens");
  }
  answer_.usage.completion_tokens = count_at(*usage, "output_tokens");
}

void AnthropicReader::take_stop(const Json& holder) {
  if (const std::string_view reason = text_at(holder, "stop_reason"); !reason.empty())
    answer_.stop_reason = stop_reason_of(reason);
}

Json text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

// Messages as blocks, roles alternating.
class Messages {
 public:
  explicit Messages(MessageList& list) : list_(list) {}

  void add(std::string_view role, Json block) {
    if (last_.is_null() && role == "assistant") add("user", text_block(kEarlierLeftOut));
    if (last_.is_null() || last_["role"] != role) {
      write();
      last_ = {{"role", role}, {"content", Json::array()}};
    }
    last_["content"].push_back(std::move(block));
  }

  void add_own(const chat::Message& from, Dialect dialect) {
    const auto calls = own_calls(from);
    if (from.reasoning && dialect == Dialect::kLlamaServer) {
      add("assistant", {{"type", "thinking"}, {"thinking", *from.reasoning}, {"signature", ""}});
    } else if (from.reasoning) {  // thinking blocks need their signature, which no record keeps
      add("assistant", text_block(chat::reasoning_in_tags(*from.reasoning)));
    }
    if (!chat::is_blank(*from.content)) {
      add("assistant", text_block(*from.content));
    } else if (calls.empty()) {
      add("assistant", text_block(chat::kEmptyTurnPlaceholder));
    }
    for (const chat::ToolCall& call : calls) {
      add("assistant", {{"type", "tool_use"},
                        {"id", call.id},
                        {"name", call.name},
                        {"input", arguments_object(call.arguments)}});
    }
    for (const chat::ToolCall& call : calls)
      add("user", {{"type", "tool_result"}, {"tool_use_id", call.id}, {"content", call.result}});
  }

  // The last one, after which no more come.
  void write() {
    if (!last_.is_null()) list_.push_back(last_);
  }

 private:
  MessageList& list_;
  Json last_;
};

class AnthropicMessages final : public WireForm {
 public:
  std::string_view name() const override { return "messages"; }

  Result<WireCall> request(const chat::View& view, const GenerateConfig& config,
                           const WireTarget& target) const override {
    WireCall call{"/v1/messages", Json::object(), "messages", {}};
    Json& body = call.body;
    body["model"] = target.model;
    Messages messages(call.messages);
    for (const chat::Message& from : view.messages) {
      if (from.role == chat::Role::kSystem) {
        if (!chat::is_blank(*from.content)) body["system"] = *from.content;
      } else if (from.role == chat::Role::kAssistant) {
        messages.add_own(from, target.dialect);
      } else {
        messages.add("user", text_block(chat::is_blank(*from.content) ? chat::kEmptyTurnPlaceholder
                                                                      : std::string_view(*from.content)));
      }
    }
    if (!config.prefill.empty()) messages.add("assistant", text_block(config.prefill));
    messages.write();
    body["messages"] = nullptr;
    body["stream"] = true;
    put_sampling(body, config.sampling, Api::kAnthropic, target.dialect);
    if (!config.tools || config.tools->empty()) return call;
    for (const chat::ToolDeclaration& tool : *config.tools) {
      Json declared = {{"name", tool.name}, {"description", tool.description}};
      TRY_ASSIGN(declared["input_schema"], parameters_of(tool));
      body["tools"].push_back(std::move(declared));
    }
    return call;
  }

  std::unique_ptr<AnswerReader> reader(Answer& answer, const Blame& blame) const override {
    return std::make_unique<AnthropicReader>(answer, blame);
  }
};

}  // namespace

const WireForm& anthropic_messages() {
  static const AnthropicMessages form;
  return form;
}

}  // namespace duologue::model::http
