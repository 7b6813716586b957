#include "store/import/two_agents.h"

#include <utility>

#include <fmt/format.h>

#include "store/import/log_time.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Status;

bool recognise(const Json& document) {
  const Json* messages = base::member_at(document, "messages");
  if (messages == nullptr || !messages->is_array()) return false;
  if (messages->empty()) return base::member_at(document, "metadata") != nullptr;
  return base::member_at(messages->front(), "agent") != nullptr;
}

// What an agent is called: a word or a number.
base::Result<std::string> agent_of(const JsonNode& message) {
  if (const auto number = base::integer_at(message.value(), "agent")) return std::to_string(*number);
  return message.text("agent");
}

// The error's words; empty where there was none.
std::string error_of(const JsonNode& message) {
  const auto error = message.find("error");
  if (!error || error->value() == Json(false)) return {};
  if (error->is_text()) return error->value().get<std::string>();
  if (const auto words = base::string_at(error->value(), "message")) return *words;
  return base::dump_json(error->value());
}

// When it was said, and what it took, under the names that such harnesses use.
LoggedCall call_of(const JsonNode& message) {
  LoggedCall call;
  call.created_ms = time_ms_at(message.value(), "timestamp");
  const auto usage = message.find("usage");
  const Json& tokens = usage && usage->is_object() ? usage->value() : message.value();
  call.usage = usage_at(tokens, "prompt_tokens", "completion_tokens");
  if (!call.usage) call.usage = usage_at(tokens, "input_tokens", "output_tokens");
  call.timing = timing_at(message.value(), "duration_ms");
  return call;
}

// metadata.agents or metadata.models: {NAME: MODEL}, {NAME: {model}} or [{name, model}].
std::string declared_model(const JsonNode& document, const std::string& agent) {
  const auto metadata = document.find("metadata");
  if (!metadata) return {};
  for (const char* key : {"agents", "models"}) {
    const auto agents = metadata->find(key);
    if (!agents) continue;
    if (const auto one = agents->find(agent)) {
      return one->is_text() ? one->value().get<std::string>() : one->text_or_empty("model");
    }
    for (std::size_t i = 0; agents->is_list() && i < agents->size(); ++i) {
      const JsonNode one = (*agents)[i];
      if (one.text_or_empty("name") == agent || one.text_or_empty("id") == agent) {
        return one.text_or_empty("model");
      }
    }
  }
  return {};
}

Status read_message(const JsonNode& document, const JsonNode& message, LogSink& sink,
                    LoggedConversation& conversation, ModelWatch& models) {
  TRY_ASSIGN(const std::string agent, agent_of(message));
  const auto author = outsider(agent);
  chat::Turn turn;
  turn.speaker = kNobody;
  if (!author) {
    const std::size_t seats = conversation.participants.size();
    const auto seat = seat_of(conversation, agent, sink.options());
    if (!seat) return message.fail(fmt::format("more than {} agents", sink.options().max_participants));
    turn.speaker = *seat;
    std::string model = message.text_or_empty("model");
    if (model.empty() && conversation.participants.size() > seats) model = declared_model(document, agent);
    models.note(conversation, turn.speaker, model);
  } else {
    set_author(turn, *author);
  }
  // What came before it failed isn't known to be what it would have said.
  if (const std::string error = error_of(message); !error.empty()) {
    const std::string output = message.text_or_empty("output");
    add_note(conversation, "error",
             fmt::format("{}: {}{}", agent, error, output.empty() ? "" : "; output left out: " + output));
    return {};
  }
  TRY_ASSIGN(turn.text, message.text("output"));
  turn.reasoning = message.text_or_empty("reasoning");
  if (turn.reasoning.empty()) turn.reasoning = message.text_or_empty("thinking");
  TRY(message.check(add_turn(conversation, std::move(turn), sink.options())));
  add_call(conversation, call_of(message));
  return {};
}

Status read(const JsonNode& document, LogSink& sink) {
  TRY(document.must_be_object());
  LoggedConversation conversation = sink.begin();
  if (const auto metadata = document.find("metadata")) {
    for (const char* key : {"seed_prompt", "initial_prompt", "prompt"}) {
      if (!opening(conversation).empty()) break;
      add_injection(conversation, metadata->text_or_empty(key), chat::AuthorKind::kHarness, {});
    }
    if (const auto stats = metadata->find("stats"))
      declare(conversation, "stats", base::dump_json(stats->value()));
  }
  TRY_ASSIGN(const JsonNode messages, document.list("messages"));
  ModelWatch models;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    TRY(read_message(document, messages[i], sink, conversation, models));
  }
  return sink.put(std::move(conversation));
}

}  // namespace

const DocumentFormat kTwoAgents{.format = LogFormat::kTwoAgents,
                                .shape = "a two-agent run {metadata, messages: [{turn, agent, output}]}",
                                .recognise = recognise,
                                .read = read};

}  // namespace duologue::store
