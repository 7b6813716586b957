#include "cli/show_view.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.h"
#include "base/nearest.h"
#include "chat/view.h"
#include "cli/aliases.h"
#include "cli/describe.h"
#include "cli/terminal/safe_text.h"
#include "cli/user_configuration.h"
#include "engine/tool_box.h"
#include "experiment/model_pool.h"
#include "experiment/seating.h"
#include "experiment/spec.h"
#include "store/codec.h"
#include "store/json_text.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;

// The trial's seats as the recorded spec has them; empty where the record has none that fits.
std::vector<experiment::ParticipantSpec> seats_of(store::Reader& reader, const store::TrialRow& row) {
  const auto info = reader.file_info();
  if (!info) return {};
  const auto spec = experiment::spec_from_json(info->spec_json);
  if (!spec) return {};
  const auto& seats = experiment::form_of(*spec, row.id).participants;
  return seats.size() == row.participants.size() ? seats : std::vector<experiment::ParticipantSpec>();
}

chat::Seat seat_of(store::Reader& reader, const store::TrialRow& row, chat::ParticipantId id) {
  const store::TrialParticipant& participant = row.participants[id];
  const auto seats = seats_of(reader, row);
  const bool plays_user = id < seats.size() && seats[id].plays_user;
  chat::Seat seat{id, participant.system_prompt, participant.memory, participant.reasoning, {}, plays_user};
  if (row.participants.size() > 2) {
    for (const store::TrialParticipant& other : row.participants) seat.speaker_names.push_back(other.name);
  }
  return seat;
}

// Where a message comes from, in words.
std::string origin(const chat::Message& message, const store::TrialRow& row) {
  if (!message.source) return "";
  if (const chat::Turn* turn = message.source->as_turn()) {
    const std::string name =
        turn->speaker < row.participants.size() ? row.participants[turn->speaker].name : "?";
    return fmt::format("turn {}, {}", message.source->turn, name);
  }
  if (message.source->as_change() != nullptr) return "summary";
  const chat::Injection* injection = message.source->as_injection();
  if (injection == nullptr) return "";
  return injection->author.kind == chat::AuthorKind::kHarness ? "opening" : describe(injection->author);
}

std::string text_of(const chat::Message& message, const store::TrialRow& row) {
  const std::string from = origin(message, row);
  std::string text(chat::to_string(message.role));
  if (!from.empty()) text += fmt::format(" ({})", safe_line(from));
  text += ": ";
  if (message.reasoning) text += "[reasoning] " + safe_text(*message.reasoning) + " [/reasoning] ";
  text += safe_text(*message.content) + "\n";
  for (const chat::ToolCall& call : chat::calls_of(message)) text += "  " + describe(call) + "\n";
  return text;
}

Json json_of(const chat::Message& message) {
  Json json = Json::object();
  json["role"] = chat::to_string(message.role);
  store::put_text(json, "content", *message.content);
  if (message.reasoning) store::put_text(json, "reasoning", *message.reasoning);
  if (message.source && message.source->as_turn() != nullptr) json["turn"] = message.source->turn;
  if (message.placeholder) json["placeholder"] = true;
  if (!chat::calls_of(message).empty()) {
    const auto calls = chat::calls_of(message);
    json["tool_calls"] = *base::parse_json(store::tool_calls_to_json({calls.begin(), calls.end()}));
  }
  return json;
}

// A check's line, and whether it said no.
std::string compared(const char* what, const base::Hash& now, const base::Hash& recorded) {
  if (now == recorded) return fmt::format("{} {}: matches the record", what, now.short_hex());
  return fmt::format("{} {}: differs from the record's {}", what, now.short_hex(), recorded.short_hex());
}

struct Prompt {
  std::uint32_t turn = 0;
  std::string speaker;
  chat::OwnedView view;
  std::optional<engine::Call> call;
  std::string author;  // where no model made it
  std::optional<model::RenderedPrompt> rendered;
  std::string no_prompt;  // why not

  // A call of another tool has no hash of what it was sent.
  bool view_differs() const { return call && !call->view_hash.is_zero() && view.hash != call->view_hash; }
  bool prompt_differs() const {
    return call && rendered && !call->prompt_hash.is_zero() && rendered->hash != call->prompt_hash;
  }
  ExitCode verdict() const {
    return view_differs() || prompt_differs() ? ExitCode::kCheckFailed : ExitCode::kDone;
  }
};

// With the model that the call names: another one may have taken the seat since.
Result<model::RenderedPrompt> render(store::Reader& reader, const store::TrialRow& row,
                                     chat::ParticipantId id, const Prompt& prompt) {
  TRY_ASSIGN(const store::FileInfo info, reader.file_info());
  TRY_ASSIGN(experiment::ExperimentSpec spec, experiment::spec_from_json(info.spec_json));
  experiment::Trial trial;
  trial.id = row.id;
  experiment::PoolOptions options;
  options.catalog = &user_catalog();
  TRY_ASSIGN(const experiment::ModelPool pool, experiment::ModelPool::open(spec, options));
  TRY_ASSIGN(const engine::ConversationSpec seated, experiment::conversation_spec(spec, trial, pool));
  if (id >= seated.participants.size())
    return fail(ErrorKind::kNotFound, "the recorded spec doesn't seat " + row.participants[id].name);
  const engine::Participant& seat = seated.participants[id];
  std::shared_ptr<model::Model> model = seat.model;
  for (const auto& [name, one] : pool.models()) {
    if (model->info().identity == prompt.call->identity) break;
    if (one->info().identity == prompt.call->identity) model = seated.model_for(id, name);
  }
  // A provider may name its version with each call; then the seat's own identity must do.
  const bool is_same =
      model && (model->info().identity == prompt.call->identity ||
                (model == seat.model && model->info().identity == row.participants[id].identity));
  if (!is_same) {
    return fail(ErrorKind::kModel,
                fmt::format("{} is now {}, the turn was made by {}", row.participants[id].model,
                            seat.model->info().identity, prompt.call->identity));
  }
  model::GenerateConfig config;
  config.sampling = seat.sampling;
  config.raw_prompt = seat.raw_prompt;
  config.tools = engine::ToolBox(seat.tools).declarations();
  config.prefill = seat.prefill;
  config.plays_user = seat.plays_user;
  TRY_ASSIGN(auto rendered, model->render(prompt.view.view(), config));
  if (!rendered) {
    const std::string& name = model == seat.model ? row.participants[id].model : model->info().name;
    return fail(ErrorKind::kModel, name + " has no prompt text: it is sent the messages");
  }
  return std::move(*rendered);
}

Result<Prompt> prompt_of(store::Reader& reader, const store::TrialSummary& trial, std::uint32_t number) {
  TRY_ASSIGN(const chat::Transcript transcript, reader.transcript(trial.row.id));
  if (number == 0 || number > transcript.turn_count()) {
    return fail(ErrorKind::kNotFound, fmt::format("{}: there is no turn {}; the conversation has {}",
                                                  reader.path(), number, transcript.turn_count()));
  }
  const chat::Turn& turn = *transcript.turn(number)->as_turn();
  if (turn.speaker >= trial.row.participants.size()) {
    return fail(ErrorKind::kStore,
                fmt::format("{}: turn {} was spoken by nobody at the table", reader.path(), number));
  }
  const store::TrialParticipant& seat = trial.row.participants[turn.speaker];
  Prompt prompt;
  prompt.turn = number;
  prompt.speaker = seat.name;
  prompt.view = chat::view_before_turn(transcript, seat_of(reader, trial.row, turn.speaker), number);
  TRY_ASSIGN(prompt.call, reader.call(trial.row.id, number));
  if (!prompt.call) {
    prompt.author = describe(turn.author);
    prompt.no_prompt = "no model was asked";
    return prompt;
  }
  auto rendered = render(reader, trial.row, turn.speaker, prompt);
  if (rendered) {
    prompt.rendered = std::move(*rendered);
  } else {
    prompt.no_prompt = rendered.error().message;
  }
  return prompt;
}

Json json_of(const Prompt& prompt) {
  const auto hex = [](const base::Hash& hash) { return hash.is_zero() ? Json(nullptr) : Json(hash.hex()); };
  Json json = Json::object();
  json["turn"] = prompt.turn;
  json["speaker"] = prompt.speaker;
  json["messages"] = Json::array();
  for (const chat::Message& message : prompt.view.messages) json["messages"].push_back(json_of(message));
  json["view_hash"] = prompt.view.hash.hex();
  json["recorded_view_hash"] = prompt.call ? hex(prompt.call->view_hash) : Json(nullptr);
  const bool has_view = prompt.call && !prompt.call->view_hash.is_zero();
  json["view_matches"] = has_view ? Json(!prompt.view_differs()) : Json(nullptr);
  json["rendered"] = nullptr;
  json["tokens"] = nullptr;
  json["prompt_hash"] = nullptr;
  json["recorded_prompt_hash"] = prompt.call ? hex(prompt.call->prompt_hash) : Json(nullptr);
  json["prompt_matches"] = nullptr;
  if (prompt.rendered) {
    store::put_text(json, "rendered", prompt.rendered->text);
    json["tokens"] = prompt.rendered->tokens;
    json["prompt_hash"] = prompt.rendered->hash.hex();
    if (prompt.call && !prompt.call->prompt_hash.is_zero()) json["prompt_matches"] = !prompt.prompt_differs();
  } else {
    json["no_prompt"] = prompt.no_prompt;
  }
  return json;
}

void write_checks(const Prompt& prompt, Output& out) {
  if (!prompt.call) {
    out.print("Turn {} was written by {}: no model was asked; {} would have been sent this.\n", prompt.turn,
              prompt.author, safe_line(prompt.speaker));
    return;
  }
  if (prompt.call->view_hash.is_zero()) {
    out.write("view: not checked: the turn was imported, and its log doesn't say what the model was sent\n");
  } else {
    out.write(compared("view", prompt.view.hash, prompt.call->view_hash) + "\n");
  }
  if (!prompt.rendered) {
    out.print("prompt: not checked: {}\n", safe_line(prompt.no_prompt));
  } else if (prompt.call->prompt_hash.is_zero()) {
    out.write("prompt: the record has none to compare with\n");
  } else {
    out.print("{} ({} tokens)\n", compared("prompt", prompt.rendered->hash, prompt.call->prompt_hash),
              prompt.rendered->tokens.size());
  }
}

}  // namespace

Result<ExitCode> show_as(store::Reader& reader, const store::TrialSummary& trial, const std::string& name,
                         const TurnRange& range, bool json, CommandContext& context) {
  const auto& participants = trial.row.participants;
  const auto found = std::ranges::find(participants, name, &store::TrialParticipant::name);
  if (found == participants.end()) {
    std::vector<std::string> names;
    for (const store::TrialParticipant& participant : participants) names.push_back(participant.name);
    return fail(ErrorKind::kUsage,
                fmt::format("show: nobody here is called '{}'{}", name, base::did_you_mean(name, names)));
  }
  TRY_ASSIGN(const chat::Transcript transcript, reader.transcript(trial.row.id));
  const auto id = static_cast<chat::ParticipantId>(found - participants.begin());
  const chat::OwnedView view = chat::view_for(transcript, seat_of(reader, trial.row, id));
  Json all = Json::object();
  all["participant"] = name;
  all["messages"] = Json::array();
  for (const chat::Message& message : view.messages) {
    if (message.source && !range.holds(std::max(message.source->turn, 1U))) continue;
    if (json) {
      all["messages"].push_back(json_of(message));
    } else {
      context.out.write(text_of(message, trial.row));
    }
  }
  all["view_hash"] = view.hash.hex();
  if (json) context.out.write(base::dump_json(all) + "\n");
  return ExitCode::kDone;
}

Result<ExitCode> show_prompt(store::Reader& reader, const store::TrialSummary& trial, std::uint32_t turn,
                             bool json, CommandContext& context) {
  TRY_ASSIGN(const Prompt prompt, prompt_of(reader, trial, turn));
  if (json) {
    context.out.write(base::dump_json(json_of(prompt)) + "\n");
    return prompt.verdict();
  }
  for (const chat::Message& message : prompt.view.messages) context.out.write(text_of(message, trial.row));
  if (prompt.rendered) {
    context.out.print("\nThe prompt, {} tokens:\n{}\n", prompt.rendered->tokens.size(),
                      safe_text(prompt.rendered->text));
  }
  context.out.write("\n");
  write_checks(prompt, context.out);
  return prompt.verdict();
}

}  // namespace duologue::cli
