// The spec as the .duo file keeps it. Every key is written, so that a file says what ran whatever the
// defaults of the program that reads it.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "experiment/spec.h"
#include "experiment/spec_calls.h"
#include "experiment/words.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using base::Status;

constexpr std::uint64_t kFormat = 1;

// Numbers of enums never stand in a file: their words do, in the order of their values.
constexpr std::array<std::string_view, 4> kEffects{"denied", "result", "ends", "silence"};
constexpr std::array<std::string_view, 9> kDeeds{"none",   "say",   "speak", "edit", "sampling",
                                                 "system", "model", "next",  "stop"};
constexpr std::array<std::string_view, 3> kOrders{"round_robin", "random", "cycle"};
constexpr std::array<std::string_view, 2> kPlacements{"appended", "replacing"};

template <typename T, std::size_t n>
std::string_view word_of(const std::array<std::string_view, n>& words, T value) {
  return words.at(static_cast<std::size_t>(value));
}

Json tools_json(const std::vector<engine::Tool>& tools) {
  Json list = Json::array();
  for (const engine::Tool& tool : tools) {
    list.push_back({{"name", tool.declaration.name},
                    {"description", tool.declaration.description},
                    {"parameters", tool.declaration.parameters},
                    {"cost", tool.cost},
                    {"effect", word_of(kEffects, tool.effect)},
                    {"answer", tool.answer}});
  }
  return list;
}

Json moderators_json(const std::vector<engine::Instruction>& moderators) {
  Json list = Json::array();
  for (const engine::Instruction& one : moderators) {
    list.push_back({{"name", one.name},
                    {"turns", one.turns},
                    {"every", one.every},
                    {"detected", one.detected},
                    {"deed", word_of(kDeeds, one.deed)},
                    {"text", one.text},
                    {"who", one.who},
                    {"to", one.to},
                    {"as", word_of(kPlacements, one.as)},
                    {"at_most", one.at_most}});
  }
  return list;
}

Json participant_json(const ParticipantSpec& participant) {
  Json json = Json::object();
  json["name"] = participant.name;
  json["model"] = participant.model;
  json["prompting"] = participant.raw_prompt ? "raw" : "chat";
  json["memory"] = memory_word(participant.memory);
  json["think"] = reasoning_word(participant.reasoning);
  json["system"] = participant.system_prompt;
  json["sampling"] = *base::parse_json(chat::to_json(participant.sampling));
  json["tools"] = tools_json(participant.tools);
  json["prefill"] = participant.prefill;
  json["plays_user"] = participant.plays_user;
  return json;
}

void put_form(const ConversationForm& form, Json& json) {
  json["participants"] = Json::array();
  for (const ParticipantSpec& participant : form.participants) {
    json["participants"].push_back(participant_json(participant));
  }
  json["order"] = {{"kind", word_of(kOrders, form.order.kind)}, {"cycle", form.order.cycle}};
  json["moderators"] = moderators_json(form.moderators);
  json["stop"] = {{"same_text", form.stop.same_text},
                  {"detected", form.stop.detected},
                  {"tokens", form.stop.tokens},
                  {"time_ms", form.stop.time_ms},
                  {"usd", form.stop.usd}};
}

std::unexpected<base::Error> wrong(std::string_view path, std::string_view what) {
  return fail(ErrorKind::kBadInput,
              fmt::format("the recorded spec: {}{}{}", path, path.empty() ? "" : ": ", what));
}

// Reads the members of one object; those that weren't asked for are unknown.
class Members {
 public:
  Members(const Json& object, std::string path) : object_(object), path_(std::move(path)) {}

  Status begin() const { return object_.is_object() ? Status{} : wrong(path_, "not an object"); }

  // What older files lack keeps its default.
  template <typename T>
  Status take_if_there(const char* key, T& value) {
    return base::member_at(object_, key) == nullptr ? Status{} : take(key, value);
  }
  template <typename T>
  Status take(const char* key, T& value) {
    const Json* found = base::member_at(object_, key);
    if (found == nullptr) return wrong(path(key), "missing");
    ++taken_;
    return read(*found, path(key), value);
  }
  // Of keys that came later than the format: null where a file is older than they are.
  const Json* take_later(const char* key) {
    const Json* found = base::member_at(object_, key);
    if (found != nullptr) ++taken_;
    return found;
  }
  template <typename T>
  Status take_later(const char* key, T& value) {
    const Json* found = take_later(key);
    return found == nullptr ? Status{} : read(*found, path(key), value);
  }
  Result<const Json*> take_json(const char* key) {
    const Json* found = base::member_at(object_, key);
    if (found == nullptr) return wrong(path(key), "missing");
    ++taken_;
    return found;
  }
  Status end() const {
    return taken_ == object_.size() ? Status{} : wrong(path_, "keys that this version doesn't know");
  }
  std::string path(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  }

 private:
  static Status read(const Json& json, const std::string& path, std::string& value) {
    if (!json.is_string()) return wrong(path, "not a text");
    value = json.get<std::string>();
    return {};
  }
  static Status read(const Json& json, const std::string& path, bool& value) {
    if (!json.is_boolean()) return wrong(path, "not true or false");
    value = json.get<bool>();
    return {};
  }
  static Status read(const Json& json, const std::string& path, std::uint64_t& value) {
    if (!json.is_number_unsigned()) return wrong(path, "not a whole number");
    value = json.get<std::uint64_t>();
    return {};
  }
  static Status read(const Json& json, const std::string& path, std::uint32_t& value) {
    std::uint64_t wide = 0;
    TRY(read(json, path, wide));
    if (wide > UINT32_MAX) return wrong(path, "too large");
    value = static_cast<std::uint32_t>(wide);
    return {};
  }
  static Status read(const Json& json, const std::string& path, double& value) {
    if (!json.is_number()) return wrong(path, "not a number");
    value = json.get<double>();
    const bool good = value >= 0 && value <= kMaxUsd;
    if (!good) return wrong(path, "out of range");
    return {};
  }
  static Status read(const Json& json, const std::string& path, model::RetryPolicy& value) {
    const auto policy = retry_from_json(json);
    if (!policy) return wrong(path, "not what is kept of it");
    value = *policy;
    return {};
  }
  static Status read(const Json& json, const std::string& path, model::http::HttpTimeouts& value) {
    const auto timeouts = timeouts_from_json(json);
    if (!timeouts) return wrong(path, "not what is kept of it");
    value = *timeouts;
    return {};
  }
  static Status read(const Json& json, const std::string& path, model::RateLimits& value) {
    const auto limits = rate_limits_from_json(json);
    if (!limits) return wrong(path, "not what is kept of it");
    value = *limits;
    return {};
  }
  template <typename T>
  static Status read(const Json& json, const std::string& path, std::vector<T>& value) {
    if (!json.is_array()) return wrong(path, "not a list");
    value.clear();
    for (const Json& item : json) TRY(read(item, path, value.emplace_back()));
    return {};
  }

  const Json& object_;
  std::string path_;
  std::size_t taken_ = 0;
};

template <typename T>
Status take_word(Members& members, const char* key, std::optional<T> (*from)(std::string_view), T& value) {
  std::string word;
  TRY(members.take(key, word));
  const std::optional<T> read = from(word);
  if (!read) return wrong(members.path(key), "unknown word");
  value = *read;
  return {};
}

template <typename T, std::size_t n>
Status take_listed(Members& members, const char* key, const std::array<std::string_view, n>& words,
                   T& value) {
  std::string word;
  TRY(members.take(key, word));
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return wrong(members.path(key), "unknown word");
  value = static_cast<T>(found - words.begin());
  return {};
}

Status read_tools(const Json* json, const std::string& path, std::vector<engine::Tool>& tools) {
  if (json == nullptr) return {};
  if (!json->is_array()) return wrong(path, "not a list");
  for (const Json& item : *json) {
    Members members(item, path);
    TRY(members.begin());
    engine::Tool& tool = tools.emplace_back();
    TRY(members.take("name", tool.declaration.name));
    TRY(members.take("description", tool.declaration.description));
    TRY(members.take("parameters", tool.declaration.parameters));
    TRY(members.take("cost", tool.cost));
    TRY(take_listed(members, "effect", kEffects, tool.effect));
    TRY(members.take("answer", tool.answer));
    TRY(members.end());
  }
  return {};
}

Status read_moderators(const Json* json, const std::string& path, std::vector<engine::Instruction>& all) {
  if (json == nullptr) return {};
  if (!json->is_array()) return wrong(path, "not a list");
  for (const Json& item : *json) {
    Members members(item, path);
    TRY(members.begin());
    engine::Instruction& one = all.emplace_back();
    TRY(members.take("name", one.name));
    TRY(members.take("turns", one.turns));
    TRY(members.take("every", one.every));
    TRY(members.take("detected", one.detected));
    TRY(take_listed(members, "deed", kDeeds, one.deed));
    TRY(members.take("text", one.text));
    TRY(members.take("who", one.who));
    TRY(members.take("to", one.to));
    TRY(take_listed(members, "as", kPlacements, one.as));
    TRY(members.take("at_most", one.at_most));
    TRY(members.end());
  }
  return {};
}

Status read_order(const Json* json, const std::string& path, engine::TurnOrder& order) {
  if (json == nullptr) return {};
  Members members(*json, path);
  TRY(members.begin());
  TRY(take_listed(members, "kind", kOrders, order.kind));
  TRY(members.take("cycle", order.cycle));
  return members.end();
}

std::optional<bool> raw_from(std::string_view word) {
  if (word == "raw") return true;
  if (word == "chat") return false;
  return std::nullopt;
}

Result<ParticipantSpec> participant_from(const Json& json, const std::string& path) {
  Members members(json, path);
  TRY(members.begin());
  ParticipantSpec participant;
  TRY(members.take("name", participant.name));
  TRY(members.take("model", participant.model));
  TRY(take_word(members, "prompting", raw_from, participant.raw_prompt));
  TRY(take_word(members, "memory", memory_from, participant.memory));
  TRY(take_word(members, "think", reasoning_from, participant.reasoning));
  TRY(members.take("system", participant.system_prompt));
  TRY_ASSIGN(const Json* sampling, members.take_json("sampling"));
  auto read = chat::sampling_from_json(base::dump_json(*sampling));
  if (!read) return wrong(members.path("sampling"), read.error().message);
  participant.sampling = std::move(*read);
  TRY(read_tools(members.take_later("tools"), members.path("tools"), participant.tools));
  TRY(members.take_later("prefill", participant.prefill));
  TRY(members.take_later("plays_user", participant.plays_user));
  TRY(members.end());
  return participant;
}

Status read_stop(const Json& json, StopSpec& stop) {
  Members members(json, "stop");
  TRY(members.begin());
  TRY(members.take("same_text", stop.same_text));
  TRY(members.take("detected", stop.detected));
  TRY(members.take("tokens", stop.tokens));
  TRY(members.take("time_ms", stop.time_ms));
  TRY(members.take_if_there("usd", stop.usd));
  return members.end();
}

Status read_budget(const Json& json, BudgetSpec& budget) {
  Members members(json, "budget");
  TRY(members.begin());
  TRY(members.take("tokens", budget.tokens));
  TRY(members.take("time_ms", budget.time_ms));
  TRY(members.take_if_there("usd", budget.usd));
  return members.end();
}

Status read_participants(Members& members, ConversationForm& spec) {
  TRY_ASSIGN(const Json* participants, members.take_json("participants"));
  if (!participants->is_array()) return wrong("participants", "not a list");
  for (const Json& participant : *participants) {
    const std::string path = fmt::format("participants[{}]", spec.participants.size());
    TRY_ASSIGN(ParticipantSpec read, participant_from(participant, path));
    spec.participants.push_back(std::move(read));
  }
  return {};
}

Status read_form(Members& members, ConversationForm& form) {
  TRY(read_participants(members, form));
  TRY(read_order(members.take_later("order"), members.path("order"), form.order));
  TRY(read_moderators(members.take_later("moderators"), members.path("moderators"), form.moderators));
  TRY_ASSIGN(const Json* stop, members.take_json("stop"));
  return read_stop(*stop, form.stop);
}

Status read_arms(const Json* json, std::vector<Arm>& arms) {
  if (json == nullptr) return {};
  if (!json->is_array()) return wrong("arms", "not a list");
  for (const Json& item : *json) {
    Members members(item, fmt::format("arms[{}]", arms.size()));
    TRY(members.begin());
    Arm& arm = arms.emplace_back();
    TRY(members.take("name", arm.name));
    TRY(read_form(members, arm.form));
    TRY(members.end());
  }
  return {};
}

}  // namespace

std::string to_json(const ExperimentSpec& spec) {
  Json json = Json::object();
  json["format"] = kFormat;
  json["name"] = spec.name;
  put_form(spec, json);
  json["arms"] = Json::array();
  for (const Arm& arm : spec.arms) {
    Json one = {{"name", arm.name}};
    put_form(arm.form, one);
    json["arms"].push_back(std::move(one));
  }
  json["openings"] = spec.openings;
  json["opening_to_all"] = spec.opening_to_all;
  json["repeats"] = spec.repeats;
  json["turns"] = spec.turns;
  json["seed"] = spec.seed;
  json["budget"] = {
      {"tokens", spec.budget.tokens}, {"time_ms", spec.budget.time_ms}, {"usd", spec.budget.usd}};
  json["retry"] = to_json(spec.retry);
  json["rate_limits"] = to_json(spec.rate_limits);
  json["timeouts"] = to_json(spec.timeouts);
  json["determinism"] = model::to_string(spec.determinism);
  json["listener_stats"] = spec.listener_stats;
  json["context_tokens"] = spec.context_tokens;
  return base::dump_json(json);
}

Result<ExperimentSpec> spec_from_json(std::string_view json) {
  const auto root = base::parse_json(json);
  if (!root) return fail(ErrorKind::kBadInput, "the recorded spec: " + root.error().message);
  Members members(*root, "");
  TRY(members.begin());
  std::uint64_t format = 0;
  TRY(members.take("format", format));
  if (format != kFormat) {
    return wrong("format",
                 fmt::format("is {}, this version reads {}; use a newer duologue", format, kFormat));
  }
  ExperimentSpec spec;
  TRY(members.take("name", spec.name));
  TRY(read_form(members, spec));
  TRY(read_arms(members.take_later("arms"), spec.arms));
  TRY(members.take("openings", spec.openings));
  TRY(members.take("opening_to_all", spec.opening_to_all));
  TRY(members.take("repeats", spec.repeats));
  TRY(members.take("turns", spec.turns));
  TRY(members.take("seed", spec.seed));
  TRY_ASSIGN(const Json* budget, members.take_json("budget"));
  TRY(read_budget(*budget, spec.budget));
  TRY(members.take_if_there("retry", spec.retry));
  TRY(members.take_if_there("rate_limits", spec.rate_limits));
  TRY(members.take_if_there("timeouts", spec.timeouts));
  TRY(take_word(members, "determinism", model::determinism_from, spec.determinism));
  TRY(members.take("listener_stats", spec.listener_stats));
  TRY(members.take("context_tokens", spec.context_tokens));
  TRY(members.end());
  return spec;
}

}  // namespace duologue::experiment
