// The only file that knows llama.cpp's internal `common` library.
#include "model/llama/chat_template.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <mutex>
#include <string_view>
#include <utility>

#include <chat.h>
#include <fmt/format.h>
#include <llama.h>

namespace duologue::model::llama {

using base::ErrorKind;

namespace {

// The mark of message 3 is "@duologue-message-3@". Nothing that anybody says is rendered, so nobody can forge
// one; a template that holds one itself would show it twice, which is an error.
constexpr std::string_view kMarkHead = "@duologue-message-";

std::string mark_of(std::size_t message) { return fmt::format("{}{}@", kMarkHead, message); }

// std::strftime and std::localtime, which templates can call, share one buffer.
std::mutex& clock_mutex() {
  static std::mutex mutex;
  return mutex;
}

// Cuts at the marks. Empty: a mark that is no mark.
std::vector<TemplatePart> cut_at_marks(std::string_view text) {
  std::vector<TemplatePart> parts;
  for (;;) {
    const std::size_t at = text.find(kMarkHead);
    if (at == std::string_view::npos) break;
    TemplatePart part{std::string(text.substr(0, at)), -1};
    text.remove_prefix(at + kMarkHead.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part.message);
    if (error != std::errc() || end == text.data() + text.size() || *end != '@') return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    parts.push_back(std::move(part));
  }
  parts.push_back({std::string(text), -1});
  return parts;
}

bool each_once(const std::vector<TemplatePart>& parts, std::size_t count) {
  std::vector<int> seen(count, 0);
  for (const TemplatePart& part : parts) {
    if (part.message < 0) continue;
    if (static_cast<std::size_t>(part.message) >= count) return false;
    ++seen[static_cast<std::size_t>(part.message)];
  }
  return std::ranges::all_of(seen, [](int n) { return n == 1; });
}

std::string one_line(std::string_view text) {
  std::string line(text.substr(0, 200));
  std::ranges::replace(line, '\n', ' ');
  return line;
}

}  // namespace

struct ChatTemplate::Program {
  common_chat_template chat;
  std::time_t now = 0;
  bool reads_clock = false;
};

struct ChatTemplate::Sent {
  chat::Role role;
  std::string content;
};

ChatTemplate::ChatTemplate(std::unique_ptr<Program> program) : program_(std::move(program)) {}
ChatTemplate::~ChatTemplate() = default;

base::Result<std::unique_ptr<ChatTemplate>> ChatTemplate::of(const llama_model* model, const Vocab& vocab,
                                                             std::int64_t unix_time) {
  const char* source = llama_model_chat_template(model, nullptr);
  if (source == nullptr || *source == '\0') return std::unique_ptr<ChatTemplate>();
  return parse(source, std::string(vocab.bos_text()), std::string(vocab.eos_text()), unix_time);
}

base::Result<std::unique_ptr<ChatTemplate>> ChatTemplate::parse(const std::string& source,
                                                                const std::string& bos,
                                                                const std::string& eos,
                                                                std::int64_t unix_time) {
  std::unique_ptr<Program> program;
  try {
    program = std::make_unique<Program>(common_chat_template(source, bos, eos),
                                        static_cast<std::time_t>(unix_time), source.contains("strftime_now"));
  } catch (const std::exception& error) {
    return base::fail(ErrorKind::kModel,
                      "the model's chat template can't be read: " + one_line(error.what()));
  }
  std::unique_ptr<ChatTemplate> made(new ChatTemplate(std::move(program)));
  TRY(made->probe());
  return made;
}

// What the template does, seen from what it makes of a few messages.
base::Status ChatTemplate::probe() {
  using enum chat::Role;
  const chat::Role turns[] = {kUser, kAssistant, kUser};
  TRY_ASSIGN(const std::vector<TemplatePart> parts, render(turns));
  between_turns_ = parts[parts.size() - 2].text;
  std::string_view opening = parts.back().text;
  opening = opening.substr(0, opening.find_last_not_of(" \t\r\n") + 1);
  opens_reasoning_ = opening.ends_with("<think>");

  const Sent spaced[] = {{kUser, "  \nx\n  "}};
  if (const auto text = apply(spaced, true))
    trims_content_ = text->find(spaced[0].content) == std::string::npos;
  return {};
}

base::Result<std::string> ChatTemplate::apply(std::span<const Sent> messages, bool opens_answer) const {
  std::unique_lock<std::mutex> lock;
  if (program_->reads_clock) lock = std::unique_lock(clock_mutex());
  try {
    const common_chat_template& chat = program_->chat;
    const bool typed = !chat.caps.supports_string_content && chat.caps.supports_typed_content;
    common_json list = common_json::array();
    for (const Sent& message : messages) {
      common_json json = common_json::object();
      json["role"] = std::string(chat::to_string(message.role));
      if (typed) {
        common_json content = common_json::array();
        content.push_back({{"type", "text"}, {"text", message.content}});
        json["content"] = std::move(content);
      } else {
        json["content"] = message.content;
      }
      list.push_back(std::move(json));
    }
    common_json input = common_json::object();
    input["messages"] = std::move(list);
    input["bos_token"] = chat.bos_token();
    input["eos_token"] = chat.eos_token();
    input["enable_thinking"] = true;
    input["add_generation_prompt"] = opens_answer;

    jinja::context context(chat.source());
    context.current_time = program_->now;
    jinja::global_from_json(context, input, false);
    jinja::runtime runtime(context);
    return jinja::runtime::gather_string_parts(runtime.execute(chat.prog))->as_string().str();
  } catch (const std::exception& error) {
    return base::fail(ErrorKind::kModel, one_line(error.what()));
  }
}

base::Result<std::vector<TemplatePart>> ChatTemplate::try_render(std::span<const Sent> messages,
                                                                 std::size_t count, bool as_user) const {
  TRY_ASSIGN(const std::string text, apply(messages, !as_user));
  std::vector<TemplatePart> parts = cut_at_marks(text);
  if (!each_once(parts, as_user ? count + 1 : count))
    return base::fail(ErrorKind::kModel, "it leaves messages out or repeats them");
  if (as_user) {  // the last mark stands where the answer begins; what the template puts behind it ends it
    parts.pop_back();
    if (parts.back().message != static_cast<int>(count))
      return base::fail(ErrorKind::kModel, "it changes the messages' order");
    parts.back().message = -1;
  }
  return parts;
}

base::Result<std::vector<TemplatePart>> ChatTemplate::render(std::span<const chat::Role> roles,
                                                             bool as_user) const {
  const bool system_apart = program_->chat.caps.supports_system_role;
  std::vector<Sent> plain;
  for (std::size_t i = 0; i < roles.size(); ++i) {
    // A template without a system role gets the system prompt in front of the first message.
    if (!system_apart && i == 1 && roles[0] == chat::Role::kSystem) {
      plain[0] = {roles[1], plain[0].content + "\n" + mark_of(1)};
    } else {
      plain.push_back({roles[i], mark_of(i)});
    }
  }
  if (!system_apart && roles.size() == 1 && roles[0] == chat::Role::kSystem)
    plain[0].role = chat::Role::kUser;
  if (as_user) plain.push_back({chat::Role::kUser, mark_of(roles.size())});
  auto parts = try_render(plain, roles.size(), as_user);
  if (parts) return parts;

  std::vector<Sent> merged;
  for (const Sent& message : plain) {
    if (!merged.empty() && merged.back().role == message.role) {
      merged.back().content += "\n\n" + message.content;
    } else {
      merged.push_back(message);
    }
  }
  auto again = try_render(merged, roles.size(), as_user);
  if (again) return again;

  const auto first =
      std::ranges::find_if(merged, [](const Sent& m) { return m.role != chat::Role::kSystem; });
  if (first == merged.end() || first->role == chat::Role::kAssistant) {
    merged.insert(first, {chat::Role::kUser, std::string(chat::kEmptyTurnPlaceholder)});
    again = try_render(merged, roles.size(), as_user);
    if (again) return again;
  }
  return base::fail(ErrorKind::kModel, fmt::format("the model's chat template refuses this conversation: {}; "
                                                   "raw prompting does without it",
                                                   parts.error().message));
}

}  // namespace duologue::model::llama
