// The spec as the .duo file keeps it. Every key is written, so that a file says what ran whatever the
// defaults of the program that reads it.
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

Json participant_json(const ParticipantSpec& participant) {
  Json json = Json::object();
  json["name"] = participant.name;
  json["model"] = participant.model;
  json["prompting"] = participant.raw_prompt ? "raw" : "chat";
  json["memory"] = memory_word(participant.memory);
  json["think"] = reasoning_word(participant.reasoning);
  json["system"] = participant.system_prompt;
  json["sampling"] = *base::parse_json(chat::to_json(participant.sampling));
  return json;
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
    if (!(value >= 0 && value <= kMaxUsd)) return wrong(path, "out of range");
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
  static Status read(const Json& json, const std::string& path, std::vector<std::string>& value) {
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

Status read_participants(Members& members, ExperimentSpec& spec) {
  TRY_ASSIGN(const Json* participants, members.take_json("participants"));
  if (!participants->is_array()) return wrong("participants", "not a list");
  for (const Json& participant : *participants) {
    const std::string path = fmt::format("participants[{}]", spec.participants.size());
    TRY_ASSIGN(ParticipantSpec read, participant_from(participant, path));
    spec.participants.push_back(std::move(read));
  }
  return {};
}

}  // namespace

std::string to_json(const ExperimentSpec& spec) {
  Json json = Json::object();
  json["format"] = kFormat;
  json["name"] = spec.name;
  json["participants"] = Json::array();
  for (const ParticipantSpec& participant : spec.participants) {
    json["participants"].push_back(participant_json(participant));
  }
  json["openings"] = spec.openings;
  json["opening_to_all"] = spec.opening_to_all;
  json["repeats"] = spec.repeats;
  json["turns"] = spec.turns;
  json["seed"] = spec.seed;
  json["stop"] = {{"same_text", spec.stop.same_text},
                  {"detected", spec.stop.detected},
                  {"tokens", spec.stop.tokens},
                  {"time_ms", spec.stop.time_ms},
                  {"usd", spec.stop.usd}};
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
  TRY(read_participants(members, spec));
  TRY(members.take("openings", spec.openings));
  TRY(members.take("opening_to_all", spec.opening_to_all));
  TRY(members.take("repeats", spec.repeats));
  TRY(members.take("turns", spec.turns));
  TRY(members.take("seed", spec.seed));
  TRY_ASSIGN(const Json* stop, members.take_json("stop"));
  TRY(read_stop(*stop, spec.stop));
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
