// The keys of a spec, and the JSON Schema that `run --print-schema` prints.
#include <fmt/format.h>

#include "base/json.h"
#include "experiment/spec.h"
#include "experiment/spec_calls.h"
#include "experiment/spec_keys.h"
#include "experiment/spec_yaml.h"
#include "measure/detectors/rules.h"

namespace duologue::experiment {

namespace {

using base::Json;

Json text(const char* description) { return {{"type", "string"}, {"description", description}}; }

Json whole(std::uint64_t min, std::uint64_t max, const char* description) {
  return {{"type", "integer"}, {"minimum", min}, {"maximum", max}, {"description", description}};
}

Json words(std::initializer_list<const char*> choices, const char* description) {
  Json json = {{"enum", Json::array()}, {"description", description}};
  for (const char* choice : choices) json["enum"].push_back(choice);
  return json;
}

Json dollars(const char* description) {
  return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", kMaxUsd}, {"description", description}};
}

Json hours(const char* description) {
  return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 100'000}, {"description", description}};
}

// A closed object: every known key must have been described.
Json object(const KeySet& keys, const Json& described, std::initializer_list<const char*> required = {}) {
  Json json = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  for (const std::string& key : keys.known) {
    const Json* description = base::member_at(described, key);
    if (description != nullptr) json["properties"][key] = *description;
  }
  for (const char* key : required) json["required"].push_back(key);
  return json;
}

Json sampling_schema() {
  Json properties = Json::object();
  const Json defaults = *base::parse_json(chat::to_json(chat::Sampling{}));
  for (const auto& [key, value] : defaults.items()) {
    Json& property = properties[key];
    if (value.is_boolean()) {
      property["type"] = "boolean";
    } else if (value.is_number_float()) {
      property["type"] = "number";
    } else if (value.is_number()) {
      property = {{"type", "integer"}, {"minimum", key == "max_tokens" ? 1 : 0}, {"maximum", UINT32_MAX}};
    } else {
      property = {{"type", "array"}, {"items", {{"type", "string"}, {"minLength", 1}}}};
    }
    property["default"] = value;
  }
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

Json participant_schema() {
  const Json memory = {
      {"type", "string"},
      {"pattern", "^(full|last|(window|summary):[1-9][0-9]*)$"},
      {"description", "what it sees: everything, the last message, N to 2N turns, or these and a summary"}};
  const Json described = {
      {"name", text("unique; may not hold any of = @ : ,")},
      {"model", text("a known name, a file, or KIND:NAME; files are relative to the spec's folder")},
      {"prompting", words({"chat", "raw"}, "raw: plain text without a template, for base models")},
      {"memory", memory},
      {"system", text("the system prompt; \"\" for none")},
      {"system_file", text("a file that holds it")},
      {"think", words({"strip", "own", "share"}, "who gets its reasoning back: nobody, itself, everybody")},
      {"sampling", {{"$ref", "#/$defs/sampling"}, {"description", "overrides the experiment's"}}},
      {"tools", {{"description", "a list of tools, or a file of them (docs/tools.md)"}}},
      {"prefill", text("how each of its turns begins; the model goes on from there")},
      {"plays", words({"assistant", "user"}, "user: its view has the roles the other way round")}};
  return object(participant_keys(), described, {"name", "model"});
}

Json opening_schema() {
  const Json described = {{"file", text("one opening a line, blank lines skipped")},
                          {"text", text("one opening for every trial")},
                          {"to", words({"first", "all"}, "who hears it")}};
  Json json = object(opening_keys(), described);
  json["oneOf"] = {{{"required", {"file"}}}, {{"required", {"text"}}}};
  return json;
}

Json stop_schema() {
  Json labels = {{"enum", detected_labels()}, {"description", "this was detected"}};
  const Json described = {{"same_text", whole(2, kMaxTurns, "the same text so many times in a row")},
                          {"detected", labels},
                          {"tokens", whole(1, UINT64_MAX, "one conversation's prompts and answers")},
                          {"hours", hours("one conversation's time")},
                          {"usd", dollars("one conversation's cost, as far as prices are known")}};
  Json item = object(stop_keys(), described);
  item["minProperties"] = 1;
  item["maxProperties"] = 1;
  return {{"type", "array"},
          {"items", item},
          {"description", "the first condition that holds ends a conversation"}};
}

Json budget_schema() {
  const Json described = {{"tokens", whole(1, UINT64_MAX, "prompts and answers of all conversations")},
                          {"hours", hours("wall time of one run or resume")},
                          {"usd", dollars("cost of all conversations; every provider needs a price")}};
  return object(budget_keys(), described);
}

Json turns_schema() {
  Json forever = {{"const", "forever"}, {"description", "needs a stop or a budget"}};
  return {{"oneOf", {whole(1, kMaxTurns, "utterances"), forever}}, {"default", 40}};
}

}  // namespace

const KeySet& spec_keys() {
  static const KeySet keys{
      {"name",        "participants",   "opening",       "rounds", "turns",       "sampling",
       "tools",       "order",          "moderators",    "grid",   "arms",        "repeats",
       "seed",        "stop",           "budget",        "retry",  "rate_limits", "timeouts",
       "determinism", "context_tokens", "listener_stats"},
      {"measure"}};
  return keys;
}

const KeySet& participant_keys() {
  static const KeySet keys{{"name", "model", "prompting", "memory", "system", "system_file", "think",
                            "sampling", "tools", "prefill", "plays"},
                           {"persona"}};
  return keys;
}

const KeySet& opening_keys() {
  static const KeySet keys{{"file", "text", "to"}, {"from"}};
  return keys;
}

const KeySet& stop_keys() {
  static const KeySet keys{{"same_text", "detected", "tokens", "hours", "usd"}, {}};
  return keys;
}

const KeySet& budget_keys() {
  static const KeySet keys{{"tokens", "hours", "usd"}, {}};
  return keys;
}

const std::vector<std::string>& detected_labels() {
  static const std::vector<std::string> labels = measure::RuleBook::built_in().names();
  return labels;
}

std::string spec_schema() {
  const Json participants = {{"type", "array"},
                             {"items", participant_schema()},
                             {"minItems", 1},
                             {"maxItems", kMaxParticipants},
                             {"description", "in speaking order"}};
  const Json described = {
      {"name", text("default: the file's name")},
      {"participants", participants},
      {"opening", opening_schema()},
      {"rounds", whole(1, kMaxTurns, "turns of each participant; instead of turns")},
      {"turns", turns_schema()},
      {"sampling", {{"$ref", "#/$defs/sampling"}, {"description", "everybody's, where not overridden"}}},
      {"tools", {{"description", "everybody's: a list, or a file (docs/tools.md)"}}},
      {"order",
       {{"description", "round_robin, random, or a list of names that is gone through again and again"}}},
      {"moderators", {{"description", "a list, or a file (docs/spec.md)"}}},
      {"grid",
       {{"type", "object"},
        {"description", "axes: a key's path with a list of values, or a name with levels that set keys"}}},
      {"arms",
       {{"type", "object"}, {"description", "one more axis: names, each with the keys that it sets"}}},
      {"repeats", whole(1, kMaxTrials, "of every opening in every arm")},
      {"seed", whole(0, UINT64_MAX, "default: drawn, and printed")},
      {"stop", stop_schema()},
      {"budget", budget_schema()},
      {"retry", retry_schema()},
      {"rate_limits", rate_limits_schema()},
      {"timeouts", timeouts_schema()},
      {"determinism", words({"exact", "seeded"}, "exact: texts don't depend on other conversations")},
      {"context_tokens",
       whole(128, 10'000'000, "of in-process models; default: the model's own, at most 8192")},
      {"listener_stats",
       {{"type", "boolean"}, {"description", "score turns under the listener's model"}, {"default", true}}}};
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "duologue experiment"}};
  schema.update(object(spec_keys(), described, {"participants"}));
  schema["not"] = {{"required", {"rounds", "turns"}}};
  schema["$defs"] = {{"sampling", sampling_schema()}};
  return base::dump_json(schema, 2) + "\n";
}

}  // namespace duologue::experiment
