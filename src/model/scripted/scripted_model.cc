#include "model/scripted/scripted_model.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sstream>
#include <utility>

#include "base/utf8.h"

namespace duologue::model {

namespace {

using base::ErrorKind;
using base::fail;

constexpr std::size_t kMaxScriptBytes = 64 << 20;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

base::Result<std::string> unescape(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      out.push_back(line[i]);
      continue;
    }
    switch (line[++i]) {
      case 'n':
        out.push_back('\n');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'e':
        out.push_back('\x1b');
        break;
      case '\\':
        out.push_back('\\');
        break;
      case '|':
        out.push_back(kPartMark);
        break;
      case 'x': {
        const int high = i + 1 < line.size() ? hex_digit(line[i + 1]) : -1;
        const int low = i + 2 < line.size() ? hex_digit(line[i + 2]) : -1;
        if (high < 0 || low < 0) return fail(ErrorKind::kBadInput, "\\x needs two hexadecimal digits");
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        break;
      }
      default:
        return fail(ErrorKind::kBadInput,
                    std::string("unknown escape \\") + line[i] + R"( (known: \n \t \e \\ \| \xHH))");
    }
  }
  return out;
}

template <typename T>
base::Result<T> number_after(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  T value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc()) return fail(ErrorKind::kBadInput, "a number is missing");
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

base::Status take_setting(std::string_view line, Script& script) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, space);
  std::string_view rest = line.substr(space);
  if (word == "#pace") {
    TRY_ASSIGN(const std::uint32_t pace_ms, number_after<std::uint32_t>(rest));
    script.pace = std::chrono::milliseconds(pace_ms);
  } else if (word == "#context") {
    TRY_ASSIGN(script.context_words, number_after<std::uint32_t>(rest));
  } else if (word == "#price") {
    script.price.emplace();
    TRY_ASSIGN(script.price->input, number_after<double>(rest));
    TRY_ASSIGN(script.price->output, number_after<double>(rest));
    script.price->cached = script.price->input;
  } else if (word == "#generate") {
    TRY_ASSIGN(script.generate_words, number_after<std::uint32_t>(rest));
  } else if (word == "#error") {
    TRY_ASSIGN(const std::uint32_t turn, number_after<std::uint32_t>(rest));
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    script.errors[turn] = rest.empty() ? "scripted failure" : std::string(rest);
  }
  return {};
}

// Drawn text for benches: plausible words, different every turn, the same for the same key.
std::string draw_reply(const base::RngKey& key, std::uint32_t words) {
  static constexpr std::string_view kWords[] = {
      "table",  "window", "the",   "of",    "river",  "and",   "slow",  "answer", "paper", "light", "under",
      "garden", "why",    "clock", "seven", "north",  "stone", "with",  "every",  "quiet", "from",  "letter",
      "cloud",  "bridge", "an",    "old",   "copper", "road",  "maybe", "salt",   "field", "engine"};
  std::string text;
  text.reserve(std::size_t{words} * 6);
  for (std::uint32_t i = 0; i < words; i += 12) {
    std::uint64_t bits = base::random_bits(key, i);
    for (std::uint32_t k = i; k < std::min(i + 12, words); ++k, bits >>= 5) {
      if (k > 0) text.push_back(' ');
      text += kWords[bits & 31];
    }
  }
  return text;
}

std::uint32_t count_words(std::string_view text) {
  std::uint32_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space && !inside) ++words;
    inside = !space;
  }
  return words;
}

class ScriptedModel final : public Model {
 public:
  ScriptedModel(std::string name, Script script) : script_(std::move(script)) {
    base::Hasher hasher;
    for (const std::string& reply : script_.replies) hasher.field(reply);
    hasher.number(script_.generate_words);
    info_.name = name;
    info_.resolved = std::move(name);
    info_.identity = "script " + hasher.finish().short_hex();
    info_.context_tokens = script_.context_words;
    info_.determinism = Determinism::kExact;
    info_.price = script_.price;
    info_.prefill = true;
    info_.user_role = true;
  }

  const ModelInfo& info() const override { return info_; }

  base::Result<ModelOutput> generate(const chat::View& view, const GenerateConfig& config,
                                     std::stop_token stop, const OnDelta& on_delta) override;
  base::Result<std::vector<std::uint32_t>> token_counts(const chat::View& view,
                                                        const GenerateConfig&) override {
    std::vector<std::uint32_t> counts;
    for (const chat::Message& message : view.messages) counts.push_back(count_words(*message.content));
    return counts;
  }

 private:
  base::Status check_context(const chat::View& view, const GenerateConfig& config) const;
  std::string reply_for(const base::RngKey& key) const {
    if (script_.generate_words > 0) return draw_reply(key, script_.generate_words);
    if (script_.replies.empty()) return "";
    std::string_view reply = script_.replies[(key.turn - 1) % script_.replies.size()];
    for (std::uint32_t part = base::part_of(key.stream); part > 0; --part) {
      const std::size_t mark = reply.find(kPartMark);
      if (mark == std::string_view::npos) return "";
      reply.remove_prefix(mark + 1);
    }
    return std::string(reply.substr(0, reply.find(kPartMark)));
  }
  // False when stopped.
  bool say(const std::string& text, std::stop_token stop, const OnDelta& on_delta) const;

  Script script_;
  ModelInfo info_;
};

base::Status ScriptedModel::check_context(const chat::View& view, const GenerateConfig& config) const {
  if (script_.context_words == 0) return {};
  std::uint32_t words = config.sampling.max_tokens;
  for (const chat::Message& message : view.messages) words += count_words(*message.content);
  if (words <= script_.context_words) return {};
  return fail(ErrorKind::kContextOverflow, "the view and the answer take " + std::to_string(words) +
                                               " words, the context holds " +
                                               std::to_string(script_.context_words));
}

bool ScriptedModel::say(const std::string& text, std::stop_token stop, const OnDelta& on_delta) const {
  if (script_.pace.count() == 0) {
    if (on_delta) on_delta(base::replace_invalid_utf8(text));
    return !stop.stop_requested();
  }
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  const std::uint32_t words = std::max(1U, count_words(text));
  const auto step = std::chrono::duration_cast<std::chrono::microseconds>(script_.pace) / words;
  base::Utf8Assembler assembler;
  std::size_t from = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    wake.wait_for(lock, stop, step, [] { return false; });
    if (stop.stop_requested()) return false;
    const std::size_t word = std::min(text.find_first_not_of(" \n\t", from), text.size());
    const std::size_t end =
        i + 1 == words ? text.size() : std::min(text.find_first_of(" \n\t", word), text.size());
    if (on_delta) on_delta(assembler.push(std::string_view(text).substr(from, end - from)));
    from = end;
  }
  return true;
}

base::Result<ModelOutput> ScriptedModel::generate(const chat::View& view, const GenerateConfig& config,
                                                  std::stop_token stop, const OnDelta& on_delta) {
  TRY(check_context(view, config));
  if (const auto error = script_.errors.find(config.key.turn); error != script_.errors.end()) {
    return fail(ErrorKind::kModel, info_.name + ": " + error->second);
  }
  const auto begin = std::chrono::steady_clock::now();
  ModelOutput output;
  output.turn.text = config.prefill + reply_for(config.key);
  if (config.on_waiting && script_.pace.count() > 0) config.on_waiting();
  if (!say(output.turn.text, stop, on_delta)) return fail(ErrorKind::kCancelled, "cancelled");
  output.usage.completion_tokens = count_words(output.turn.text);
  const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - begin;
  output.timing = {elapsed.count(), elapsed.count()};
  return output;
}

}  // namespace

base::Result<Script> parse_script(std::string_view text) {
  if (text.size() > kMaxScriptBytes) return fail(ErrorKind::kBadInput, "a script holds at most 64 MiB");
  Script script;
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) {
      if (auto set = take_setting(line, script); !set) {
        return fail(set.error().kind, "line " + std::to_string(line_number) + ": " + set.error().message);
      }
      continue;
    }
    auto reply = unescape(line);
    if (!reply)
      return fail(reply.error().kind, "line " + std::to_string(line_number) + ": " + reply.error().message);
    script.replies.push_back(std::move(*reply));
  }
  if (script.replies.empty() && script.generate_words == 0) {
    return fail(ErrorKind::kBadInput, "a script needs at least one line to say");
  }
  return script;
}

std::shared_ptr<Model> make_scripted(std::string name, Script script) {
  return std::make_shared<ScriptedModel>(std::move(name), std::move(script));
}

base::Result<std::shared_ptr<Model>> open_scripted(const std::string& name, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::kNotFound, path + ": can't read the script of " + name);
  std::ostringstream content;
  content << file.rdbuf();
  auto script = parse_script(content.str());
  if (!script) return fail(script.error().kind, path + ": " + script.error().message);
  return make_scripted(name, std::move(*script));
}

}  // namespace duologue::model
