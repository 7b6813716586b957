#include "store/import/attractor_states.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "store/import/log_time.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

bool recognise(const Json& line) {
  const auto type = base::string_at(line, "type");
  return (type == "config" && base::member_at(line, "model_a") != nullptr) ||
         (type == "turn" && base::member_at(line, "label") != nullptr);
}

// One sentence in square brackets and nothing else.
bool is_bracketed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  if (first == std::string_view::npos || last == first || text[first] != '[') return false;
  return text.find(']', first) == last;
}

base::Result<std::vector<chat::ToolCall>> tool_calls(const JsonNode& line) {
  std::vector<chat::ToolCall> calls;
  if (!line.find("tool_attempts")) return calls;
  TRY_ASSIGN(const JsonNode attempts, line.list("tool_attempts"));
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    chat::ToolCall call;
    TRY_ASSIGN(call.name, attempts[i].text("tool"));
    Json arguments = Json::object();
    if (const auto reason = attempts[i].find("reason")) arguments["reason"] = reason->value();
    call.arguments = base::dump_json(arguments);
    calls.push_back(std::move(call));
  }
  return calls;
}

class AttractorStatesReader final : public LineReader {
 public:
  explicit AttractorStatesReader(LogSink& sink) : sink_(sink) {}

  Status take(const JsonNode& line) override {
    TRY_ASSIGN(const std::string type, line.text("type"));
    if (type == "config") {
      TRY(finish());
      return take_config(line);
    }
    if (!conversation_) {
      return line.fail(
          "a line before the config line; the log's first line must be {\"type\": \"config\", …}");
    }
    if (type == "turn") return take_turn(line);
    add_note(*conversation_, type, fmt::format("line {} of another type was left out", line.line()));
    return {};
  }

  Status finish() override {
    if (!conversation_) return {};
    LoggedConversation done = std::move(*conversation_);
    conversation_.reset();
    return sink_.put(std::move(done));
  }

 private:
  Status take_config(const JsonNode& line) {
    conversation_ = sink_.begin();
    round_ = 0;
    TRY_ASSIGN(const std::string model_a, line.text("model_a"));
    TRY_ASSIGN(const std::string model_b, line.text("model_b"));
    conversation_->participants = {{"Model A", model_a, line.text_or_empty("system_a")},
                                   {"Model B", model_b, line.text_or_empty("system_b")}};
    // The seed line goes to A alone.
    add_injection(*conversation_, line.text_or_empty("seed"), chat::AuthorKind::kHarness,
                  chat::ParticipantId{0});
    declare(*conversation_, "timestamp", line.text_or_empty("timestamp"));
    if (const auto tools = line.find("tools"))
      declare(*conversation_, "tools", base::dump_json(tools->value()));
    return {};
  }

  Status take_turn(const JsonNode& line) {
    TRY_ASSIGN(const std::int64_t round, line.integer("turn"));
    if (round < round_) {
      return line.fail(fmt::format("round {} after round {}; put the lines into their order", round, round_));
    }
    round_ = round;
    TRY_ASSIGN(const std::string label, line.text("label"));
    chat::Turn turn;
    if (label != "Model A" && label != "Model B") {
      return line.fail(fmt::format("label {} is neither 'Model A' nor 'Model B'", in_quotes(label)));
    }
    turn.speaker = label == "Model A" ? 0 : 1;
    TRY_ASSIGN(turn.text, line.text("response"));
    TRY_ASSIGN(turn.tool_calls, tool_calls(line));
    if (base::bool_at(line.value(), "interjected").value_or(false)) {
      set_author(turn, chat::AuthorKind::kHuman);
    } else if (!turn.tool_calls.empty()) {
      turn.stop_reason = chat::StopReason::kToolCall;
      if (is_bracketed(turn.text)) add_note(*conversation_, "harness_text", std::exchange(turn.text, ""));
    }
    TRY(line.check(add_turn(*conversation_, std::move(turn), sink_.options())));
    add_call(*conversation_,
             {.created_ms = time_ms_at(line.value(), "timestamp"), .usage = {}, .timing = {}});
    return {};
  }

  LogSink& sink_;
  std::optional<LoggedConversation> conversation_;
  std::int64_t round_ = 0;
};

std::unique_ptr<LineReader> open(LogSink& sink) { return std::make_unique<AttractorStatesReader>(sink); }

}  // namespace

const LineFormat kAttractorStates{
    .format = LogFormat::kAttractorStates,
    .shape =
        "attractor-states lines {type: config, model_a, model_b}, then {type: turn, turn, label, response}",
    .recognise = recognise,
    .open = open};

}  // namespace duologue::store
