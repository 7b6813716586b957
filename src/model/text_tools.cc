#include "model/text_tools.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"

namespace duologue::model {

namespace {

constexpr std::string_view kOpen = "<tool_call>";
constexpr std::string_view kClose = "</tool_call>";
constexpr std::string_view kSpace = " \t\r\n";
constexpr base::JsonLimits kCallLimits{.max_bytes = std::size_t{1} << 20, .max_depth = 32};

// The JSON object that the text begins with, fences and white space aside. Empty: none, or it has no end.
std::string_view object_at(std::string_view text) {
  const std::size_t begin = text.find('{');
  if (begin == std::string_view::npos) return {};
  if (text.substr(0, begin).find_first_not_of("` \t\r\njson") != std::string_view::npos) return {};
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text.substr(begin, i + 1 - begin);
    }
  }
  return {};
}

std::optional<chat::ToolCall> call_from(std::string_view object) {
  const auto json = base::parse_json(object, kCallLimits);
  if (!json || !json->is_object()) return std::nullopt;
  chat::ToolCall call;
  const auto name = base::string_at(*json, "name");
  if (!name || name->empty()) return std::nullopt;
  call.name = *name;
  const base::Json* arguments = base::member_at(*json, "arguments");
  if (arguments == nullptr) arguments = base::member_at(*json, "parameters");
  if (arguments == nullptr || arguments->is_null()) {
    call.arguments = "{}";
  } else if (arguments->is_string()) {
    call.arguments = arguments->get<std::string>();
  } else {
    call.arguments = base::dump_json(*arguments);
  }
  return call;
}

std::string written(const chat::ToolCall& call) {
  const auto arguments = base::parse_json(call.arguments, kCallLimits);
  base::Json json = base::Json::object();
  json["name"] = call.name;
  json["arguments"] = arguments ? *arguments : base::Json(call.arguments);
  return fmt::format("{}{}{}", kOpen, base::dump_json(json), kClose);
}

// Of a stream of text, what stands outside of calls. Holds back what may be the beginning of one.
class CallFilter {
 public:
  explicit CallFilter(const OnDelta& show) : show_(show) {}

  void push(std::string_view piece) {
    held_ += piece;
    for (;;) {
      const std::string_view tag = inside_ ? kClose : kOpen;
      const std::size_t at = held_.find(tag);
      if (at == std::string::npos) break;
      if (!inside_) show(held_.substr(0, at));
      held_.erase(0, at + tag.size());
      inside_ = !inside_;
    }
    if (inside_) return;
    std::size_t keep = std::min(held_.size(), kOpen.size() - 1);
    while (keep > 0 && !std::string_view(held_).ends_with(kOpen.substr(0, keep))) --keep;
    show(held_.substr(0, held_.size() - keep));
    held_.erase(0, held_.size() - keep);
  }
  void finish() {
    if (!inside_) show(held_);
  }

 private:
  void show(const std::string& text) {
    if (!text.empty()) show_(text);
  }
  const OnDelta& show_;
  std::string held_;
  bool inside_ = false;
};

// The view with the tools in its system prompt and every call written out, and where each message came from.
struct ToldView {
  std::vector<chat::Message> messages;
  std::vector<std::size_t> origins;  // beside messages: the index of the view's message
  chat::View view(const chat::View& from) const { return {messages, from.hash, from.participant}; }
};

chat::Message text_message(chat::Role role, std::string text, bool own) {
  chat::Message message;
  message.role = role;
  message.content = std::make_shared<const std::string>(std::move(text));
  message.own = own;
  return message;
}

void write_out(const chat::Message& message, std::span<const chat::ToolCall> calls, std::size_t origin,
               ToldView& told) {
  const auto add = [&](chat::Message one) {
    told.messages.push_back(std::move(one));
    told.origins.push_back(origin);
  };
  const chat::Role other = message.role == chat::Role::kUser ? chat::Role::kAssistant : chat::Role::kUser;
  const std::string_view text = *message.content;
  std::string said;
  std::size_t from = 0;
  for (const chat::ToolCall& call : calls) {
    const std::size_t at = std::clamp<std::size_t>(call.at, from, text.size());
    said += text.substr(from, at - from);
    from = at;
    if (!said.empty() && !said.ends_with('\n')) said += '\n';
    said += written(call);
    if (call.result.empty()) continue;
    add(text_message(message.role, std::exchange(said, {}), true));
    add(text_message(other, fmt::format("<tool_result>{}</tool_result>", call.result), false));
  }
  std::string_view rest = text.substr(from);
  if (said.empty() && rest.starts_with('\n')) rest.remove_prefix(1);  // what divided it from the call
  said += rest;
  if (!said.empty()) add(text_message(message.role, std::move(said), true));
}

ToldView told(const chat::View& view, const chat::Tools* tools) {
  ToldView out;
  const std::string words = tools == nullptr ? "" : tools_prompt(*tools);
  const bool has_system = !view.messages.empty() && view.messages.front().role == chat::Role::kSystem;
  if (!has_system && !words.empty()) {
    out.messages.push_back(text_message(chat::Role::kSystem, words, false));
    out.origins.push_back(0);
  }
  for (std::size_t i = 0; i < view.messages.size(); ++i) {
    const chat::Message& message = view.messages[i];
    const std::span<const chat::ToolCall> calls = chat::calls_of(message);
    if (i == 0 && has_system && !words.empty()) {
      out.messages.push_back(text_message(chat::Role::kSystem, *message.content + "\n\n" + words, false));
      out.origins.push_back(i);
    } else if (!calls.empty()) {
      write_out(message, calls, i, out);
    } else {
      out.messages.push_back(message);
      out.origins.push_back(i);
    }
  }
  return out;
}

class TextTools final : public Model {
 public:
  explicit TextTools(std::shared_ptr<Model> inner) : inner_(std::move(inner)), info_(inner_->info()) {
    info_.tools = true;
  }
  const ModelInfo& info() const override { return info_; }

  base::Result<ModelOutput> generate(const chat::View& view, const GenerateConfig& config,
                                     std::stop_token stop, const OnDelta& on_delta) override;
  base::Result<std::vector<chat::ListenerStats>> score(const chat::View& view, const GenerateConfig& config,
                                                       std::stop_token stop) override {
    const ToldView told_view = told(view, config.tools.get());
    return inner_->score(told_view.view(view), plain(config), std::move(stop));
  }
  base::Result<std::vector<std::uint32_t>> token_counts(const chat::View& view,
                                                        const GenerateConfig& config) override {
    const ToldView told_view = told(view, config.tools.get());
    TRY_ASSIGN(std::vector<std::uint32_t> counts, inner_->token_counts(told_view.view(view), plain(config)));
    if (counts.size() != told_view.origins.size()) return counts;
    std::vector<std::uint32_t> sums(view.messages.size());
    for (std::size_t i = 0; i < counts.size(); ++i) sums[told_view.origins[i]] += counts[i];
    return sums;
  }
  base::Result<std::optional<RenderedPrompt>> render(const chat::View& view,
                                                     const GenerateConfig& config) override {
    const ToldView told_view = told(view, config.tools.get());
    return inner_->render(told_view.view(view), plain(config));
  }
  void release(const ContextKey& key) override { inner_->release(key); }

 private:
  static GenerateConfig plain(const GenerateConfig& config) {
    GenerateConfig inner = config;
    inner.tools.reset();
    if (config.tools) inner.sampling.stop.emplace_back(kClose);
    return inner;
  }

  std::shared_ptr<Model> inner_;
  ModelInfo info_;
};

base::Result<ModelOutput> TextTools::generate(const chat::View& view, const GenerateConfig& config,
                                              std::stop_token stop, const OnDelta& on_delta) {
  const ToldView told_view = told(view, config.tools.get());
  if (!config.tools) return inner_->generate(told_view.view(view), config, std::move(stop), on_delta);
  CallFilter filter(on_delta);
  const OnDelta shown = [&filter](std::string_view piece) { filter.push(piece); };
  TRY_ASSIGN(ModelOutput output, inner_->generate(told_view.view(view), plain(config), std::move(stop),
                                                  on_delta ? shown : OnDelta()));
  if (on_delta) filter.finish();
  chat::Turn& turn = output.turn;
  const bool stopped = turn.stop_reason == chat::StopReason::kStopSequence;
  TextCalls found = take_calls(turn.text, stopped);
  if (found.calls.empty()) return output;
  for (std::size_t i = 0; i < found.calls.size(); ++i) {
    found.calls[i].id =
        fmt::format("call-{}-{}-{}", config.key.turn, base::part_of(config.key.stream) + 1, i + 1);
  }
  const bool ends_in_call = found.calls.back().at == found.text.size();
  if (ends_in_call) turn.stop_reason = chat::StopReason::kToolCall;
  turn.text = std::move(found.text);
  turn.tool_calls = std::move(found.calls);
  return output;
}

}  // namespace

std::shared_ptr<Model> with_text_tools(std::shared_ptr<Model> model) {
  if (model->info().tools) return model;
  return std::make_shared<TextTools>(std::move(model));
}

std::string tools_prompt(const chat::Tools& tools) {
  std::string text =
      "You can call tools. To call one, write exactly this, with the tool's name and its arguments as JSON:\n"
      "<tool_call>{\"name\": \"NAME\", \"arguments\": {\"KEY\": \"VALUE\"}}</tool_call>\n"
      "The answer comes in <tool_result></tool_result>. The tools:";
  for (const chat::ToolDeclaration& tool : tools) {
    text += fmt::format("\n- {}: {}\n  arguments: {}", tool.name, tool.description, tool.parameters);
  }
  return text;
}

TextCalls take_calls(std::string_view text, bool ended) {
  TextCalls found;
  bool after_call = false;
  const auto keep = [&](std::string_view words) {
    if (after_call) words.remove_prefix(std::min(words.find_first_not_of(kSpace), words.size()));
    if (words.empty()) return;
    if (after_call && !found.text.empty()) found.text += '\n';  // the call stood between two words
    after_call = false;
    found.text += words;
  };
  std::size_t from = 0;
  for (;;) {
    const std::size_t open = text.find(kOpen, from);
    if (open == std::string_view::npos) break;
    const std::size_t begin = open + kOpen.size();
    const std::size_t close = text.find(kClose, begin);
    const std::string_view body = text.substr(begin, close == std::string_view::npos ? close : close - begin);
    const std::string_view object = object_at(body);
    std::optional<chat::ToolCall> call = object.empty() ? std::nullopt : call_from(object);
    if (!call) {  // no call: it stays text, and so does what follows
      keep(text.substr(from, begin - from));
      from = begin;
      continue;
    }
    std::string_view before = text.substr(from, open - from);
    before = before.substr(0, before.find_last_not_of(kSpace) + 1);
    keep(before);
    call->at = static_cast<std::uint32_t>(found.text.size());
    found.calls.push_back(std::move(*call));
    after_call = true;
    if (close != std::string_view::npos) {
      from = close + kClose.size();
    } else {  // the model's end, or the stop string that the tag is
      const std::size_t after = static_cast<std::size_t>(object.data() - text.data()) + object.size();
      from = ended ? text.size() : std::min(text.find_first_not_of("` \t\r\n", after), text.size());
    }
  }
  keep(text.substr(from));
  return found;
}

}  // namespace duologue::model
