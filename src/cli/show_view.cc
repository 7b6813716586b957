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
#include "experiment/model_pool.h"
#include "experiment/spec.h"
#include "store/json_text.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;

chat::Seat seat_of(const store::TrialRow& row, chat::ParticipantId id) {
  const store::TrialParticipant& participant = row.participants[id];
  chat::Seat seat{id, participant.system_prompt, participant.memory, participant.reasoning, {}};
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
  return text + safe_text(*message.content) + "\n";
}

Json json_of(const chat::Message& message) {
  Json json = Json::object();
  json["role"] = chat::to_string(message.role);
  store::put_text(json, "content", *message.content);
  if (message.reasoning) store::put_text(json, "reasoning", *message.reasoning);
  if (message.source && message.source->as_turn() != nullptr) json["turn"] = message.source->turn;
  if (message.placeholder) json["placeholder"] = true;
  return json;
}

// The prompt that the model would be sent, or why there is none to compare.
struct Rendered {
  std::optional<model::RenderedPrompt> prompt;
  std::string missing;
};

Result<model::RenderedPrompt> render(store::Reader& reader, const store::TrialParticipant& seat,
                                     const chat::View& view) {
  TRY_ASSIGN(const store::FileInfo info, reader.file_info());
  TRY_ASSIGN(experiment::ExperimentSpec spec, experiment::spec_from_json(info.spec_json));
  std::erase_if(spec.participants, [&](const auto& participant) { return participant.name != seat.name; });
  if (spec.participants.empty())
    return fail(ErrorKind::kNotFound, "the recorded spec doesn't seat " + seat.name);
  experiment::PoolOptions options;
  options.catalog = &user_catalog();
  if (const auto resolved = user_catalog().resolve(spec.participants.front().model);
      resolved && resolved->kind == model::ModelKind::kHttp)
    return fail(ErrorKind::kModel, seat.model + " has no prompt text: it is sent the messages");
  TRY_ASSIGN(const experiment::ModelPool pool, experiment::ModelPool::open(spec, options));
  TRY_ASSIGN(const auto model, pool.find(spec.participants.front().model));
  if (model->info().identity != seat.identity) {
    return fail(ErrorKind::kModel, fmt::format("{} is now {}, the turn was made by {}", seat.model,
                                               model->info().identity, seat.identity));
  }
  model::GenerateConfig config;
  config.sampling = seat.sampling;
  config.raw_prompt = seat.raw_prompt;
  TRY_ASSIGN(auto prompt, model->render(view, config));
  if (!prompt) return fail(ErrorKind::kModel, seat.model + " has no prompt text: it is sent the messages");
  return std::move(*prompt);
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

  bool view_differs() const { return call && view.hash != call->view_hash; }
  bool prompt_differs() const {
    return call && rendered && !call->prompt_hash.is_zero() && rendered->hash != call->prompt_hash;
  }
  ExitCode verdict() const {
    return view_differs() || prompt_differs() ? ExitCode::kCheckFailed : ExitCode::kDone;
  }
};

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
  prompt.view = chat::view_before_turn(transcript, seat_of(trial.row, turn.speaker), number);
  TRY_ASSIGN(prompt.call, reader.call(trial.row.id, number));
  if (!prompt.call) {
    prompt.author = describe(turn.author);
    prompt.no_prompt = "no model was asked";
    return prompt;
  }
  auto rendered = render(reader, seat, prompt.view.view());
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
  json["view_matches"] = prompt.call ? Json(!prompt.view_differs()) : Json(nullptr);
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
  out.write(compared("view", prompt.view.hash, prompt.call->view_hash) + "\n");
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
  const chat::OwnedView view = chat::view_for(transcript, seat_of(trial.row, id));
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
