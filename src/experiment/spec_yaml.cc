#include "experiment/spec_yaml.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "base/rng.h"
#include "base/yaml.h"
#include "experiment/arms.h"
#include "experiment/configuration.h"
#include "experiment/moderators_yaml.h"
#include "experiment/spec_calls.h"
#include "experiment/spec_keys.h"
#include "experiment/text_file.h"
#include "experiment/tools_yaml.h"
#include "experiment/words.h"
#include "model/weights.h"

namespace duologue::experiment {

namespace {

using base::Json;
using base::Result;
using base::Status;
using base::Yaml;
using base::YamlKind;
using base::YamlMember;
namespace fs = std::filesystem;

// An error of something that the spec names or says, said where it stands in the spec.
template <typename T>
std::unexpected<base::Error> at(const Yaml& node, const Result<T>& failed) {
  return node.fail(failed.error().message);
}

// Keys of providers: a spec is shared, and every recording holds it.
Status check_no_secret(const Yaml& node) {
  static constexpr std::array<std::string_view, 9> kSecrets{
      "api_key", "apikey", "api-key", "key", "keys", "token", "secret", "password", "authorization"};
  TRY_ASSIGN(const auto members, node.members("this"));
  for (const YamlMember& member : members) {
    if (std::ranges::find(kSecrets, member.key) == kSecrets.end()) continue;
    return member.at.fail(fmt::format(
        "'{}': no key belongs into a spec, which is shared and stands in every recording: put it into {} "
        "(providers: {{NAME: {{api_key: …}}}}, mode 0600) or into the environment, e.g. OPENAI_API_KEY, and "
        "change it if others have seen this file",
        member.key, configuration_file().empty() ? "~/.config/duologue/config.yaml" : configuration_file()));
  }
  return {};
}

// The map's members, after refusing what is unknown or comes later.
Status check_keys(const Yaml& node, std::string_view what, const KeySet& keys) {
  std::vector<std::string> all = keys.known;
  all.insert(all.end(), keys.later.begin(), keys.later.end());
  if (node.kind() == YamlKind::kMap) TRY(check_no_secret(node));
  TRY_ASSIGN(const auto members, node.map(what, all));
  for (const YamlMember& member : members) {
    if (std::ranges::find(keys.later, member.key) != keys.later.end()) {
      return member.at.fail(fmt::format("'{}' in {} is not in this version yet", member.key, what));
    }
  }
  return {};
}

class SpecReader {
 public:
  SpecReader(Yaml root, fs::path folder) : root_(std::move(root)), folder_(std::move(folder)) {}

  Result<ExperimentSpec> read();

 private:
  Status read_participants();
  Result<ParticipantSpec> read_participant(const Yaml& node, const chat::Sampling& sampling);
  Status read_system(const Yaml& node, ParticipantSpec& participant);
  Status read_memory(const Yaml& node, ParticipantSpec& participant);
  Status read_opening(const Yaml& node);
  Status read_length();
  Status read_numbers();
  Status read_stop(const Yaml& node);
  Status read_stop_item(const Yaml& node);
  Status read_budget(const Yaml& node);
  std::string resolved(const std::string& path) const { return (folder_ / path).lexically_normal().string(); }

  Status read_seat(const Yaml& node, ParticipantSpec& participant);
  Status read_order(const Yaml& node);
  Status read_moderation();

  const Yaml root_;
  fs::path folder_;
  ExperimentSpec spec_;
};

// chat::Sampling's own JSON says which keys there are and of which type; each is checked where it stands.
Status read_sampling(const Yaml& node, chat::Sampling& sampling) {
  TRY_ASSIGN(Json json, base::parse_json(chat::to_json(sampling)));
  std::vector<std::string> known;
  for (const auto& [key, value] : json.items()) known.push_back(key);
  TRY_ASSIGN(const auto members, node.map("sampling", known));
  for (const YamlMember& member : members) {
    Json& target = json[member.key];
    if (target.is_boolean()) {
      TRY_ASSIGN(target, member.value.boolean(member.key));
    } else if (target.is_number_float()) {
      TRY_ASSIGN(target, member.value.number(member.key));
    } else if (target.is_number()) {
      TRY_ASSIGN(target, member.value.integer(member.key, 0, UINT32_MAX));
    } else {
      TRY_ASSIGN(const auto items, member.value.list(member.key));
      target = Json::array();
      for (const Yaml& item : items) {
        TRY_ASSIGN(const std::string text, item.text("a stop string"));
        target.push_back(text);
      }
    }
    auto read = chat::sampling_from_json(base::dump_json(json));
    if (!read) return at(member.value, read);
    sampling = std::move(*read);
  }
  return {};
}

Status SpecReader::read_system(const Yaml& node, ParticipantSpec& participant) {
  const Yaml* text = node.find("system");
  const Yaml* file = node.find("system_file");
  if (text != nullptr && file != nullptr) return file->fail("system and system_file both say it; keep one");
  if (text != nullptr) {
    TRY_ASSIGN(participant.system_prompt, text->text("system"));
  } else if (file != nullptr) {
    TRY_ASSIGN(const std::string path, file->text("system_file"));
    auto read = read_text_file(resolved(path));
    if (!read) return at(*file, read);
    participant.system_prompt = std::move(*read);
  } else if (participant.raw_prompt) {
    participant.system_prompt.clear();  // a base model would only go on from it
  }
  return {};
}

Status SpecReader::read_memory(const Yaml& node, ParticipantSpec& participant) {
  TRY_ASSIGN(const std::string word, node.text("memory"));
  if (const auto memory = memory_from(word)) {
    participant.memory = *memory;
    return {};
  }
  TRY(node.word("memory", {"full", "last", "window:N", "summary:N"}));
  return node.fail("window:N and summary:N need a number of turns for N, e.g. window:20");
}

Result<ParticipantSpec> SpecReader::read_participant(const Yaml& node, const chat::Sampling& sampling) {
  TRY(check_keys(node, "a participant", participant_keys()));
  ParticipantSpec participant;
  participant.sampling = sampling;
  const Yaml* name = node.find("name");
  if (name == nullptr) return node.fail("a participant needs a name");
  TRY_ASSIGN(participant.name, name->text("name"));
  if (auto good = check_participant_name(participant.name); !good) return at(*name, good);
  const Yaml* model = node.find("model");
  if (model == nullptr) return node.fail(fmt::format("participant {} needs a model", participant.name));
  TRY_ASSIGN(participant.model, model->text("model"));
  if (participant.model.empty()) return model->fail("model is empty; name one, e.g. smollm2");
  participant.model = with_absolute_file(participant.model, folder_.string());
  if (const Yaml* prompting = node.find("prompting")) {
    TRY_ASSIGN(const std::size_t word, prompting->word("prompting", {"chat", "raw"}));
    participant.raw_prompt = word == 1;
  }
  TRY(read_system(node, participant));
  if (const Yaml* memory = node.find("memory")) TRY(read_memory(*memory, participant));
  if (const Yaml* think = node.find("think")) {
    TRY_ASSIGN(const std::size_t word, think->word("think", {"strip", "own", "share"}));
    participant.reasoning = static_cast<chat::ReasoningPolicy>(word);
  }
  if (const Yaml* own = node.find("sampling")) TRY(read_sampling(*own, participant.sampling));
  TRY(read_seat(node, participant));
  return participant;
}

Status SpecReader::read_seat(const Yaml& node, ParticipantSpec& participant) {
  const Yaml* tools = node.find("tools");
  if (tools == nullptr) tools = root_.find("tools");  // everybody's
  if (tools != nullptr && tools->kind() != YamlKind::kNull) {
    TRY_ASSIGN(participant.tools, read_tools(*tools, folder_.string()));
  }
  if (const Yaml* prefill = node.find("prefill")) {
    TRY_ASSIGN(participant.prefill, prefill->text("prefill"));
  }
  if (const Yaml* plays = node.find("plays")) {
    TRY_ASSIGN(const std::size_t word, plays->word("plays", {"assistant", "user"}));
    participant.plays_user = word == 1;
    if (participant.plays_user && participant.raw_prompt) {
      return plays->fail("raw prompting has no roles: leave plays out");
    }
  }
  return {};
}

Status SpecReader::read_order(const Yaml& node) {
  if (node.kind() != YamlKind::kList) {
    TRY_ASSIGN(const std::size_t word, node.word("order", {"round_robin", "random", "a list of names"}));
    if (word > 1) return node.fail("order: a list of names is written [A, B, A, C]");
    spec_.order.kind = word == 0 ? engine::OrderKind::kRoundRobin : engine::OrderKind::kRandom;
    return {};
  }
  TRY_ASSIGN(const auto items, node.list("order"));
  if (items.empty()) return node.fail("order: nobody would speak");
  std::vector<std::string> names;
  for (const ParticipantSpec& participant : spec_.participants) names.push_back(participant.name);
  spec_.order.kind = engine::OrderKind::kCycle;
  for (const Yaml& item : items) {
    TRY_ASSIGN(const std::size_t index, item.word("order", names));
    spec_.order.cycle.push_back(static_cast<chat::ParticipantId>(index));
  }
  return {};
}

Status SpecReader::read_moderation() {
  const Yaml* node = root_.find("moderators");
  if (node == nullptr || node->kind() == YamlKind::kNull) return {};
  ModeratorContext context{{}, spec_.turns, folder_.string()};
  for (const ParticipantSpec& participant : spec_.participants)
    context.participants.push_back(participant.name);
  TRY_ASSIGN(spec_.moderators, read_moderators(*node, context));
  return {};
}

Status SpecReader::read_participants() {
  chat::Sampling sampling;
  if (const Yaml* shared = root_.find("sampling")) TRY(read_sampling(*shared, sampling));
  const Yaml* node = root_.find("participants");
  if (node == nullptr) return root_.fail("there are no participants; name at least one with its model");
  TRY_ASSIGN(const auto items, node->list("participants"));
  if (items.empty()) return node->fail("there are no participants; name at least one with its model");
  std::set<std::string> names;
  for (const Yaml& item : items) {
    TRY_ASSIGN(ParticipantSpec participant, read_participant(item, sampling));
    if (!names.insert(participant.name).second) {
      return item.find("name")->fail(
          fmt::format("two participants are called {}; names must differ", participant.name));
    }
    spec_.participants.push_back(std::move(participant));
  }
  return {};
}

Status SpecReader::read_opening(const Yaml& node) {
  TRY(check_keys(node, "opening", opening_keys()));
  const Yaml* text = node.find("text");
  const Yaml* file = node.find("file");
  if (text != nullptr && file != nullptr) return file->fail("text and file both give an opening; keep one");
  if (text == nullptr && file == nullptr) return node.fail("opening needs text or file");
  if (text != nullptr) {
    TRY_ASSIGN(spec_.openings.front(), text->text("text"));
    if (spec_.openings.front().find_first_not_of(" \t\r\n") == std::string::npos) {
      return text->fail(
          "the opening is empty; give the first speaker something to answer, e.g. \"Hello there\"");
    }
  } else {
    TRY_ASSIGN(const std::string path, file->text("file"));
    auto read = read_openings(resolved(path));
    if (!read) return at(*file, read);
    spec_.openings = std::move(*read);
  }
  if (const Yaml* to = node.find("to")) {
    TRY_ASSIGN(const std::size_t word, to->word("to", {"first", "all"}));
    spec_.opening_to_all = word == 1;
  }
  return {};
}

Status SpecReader::read_length() {
  const Yaml* turns = root_.find("turns");
  const Yaml* rounds = root_.find("rounds");
  if (turns != nullptr && rounds != nullptr) {
    return rounds->fail("rounds and turns both say how long; keep one (a round is a turn of each)");
  }
  if (rounds != nullptr) {
    const std::uint64_t seats = spec_.participants.size();
    TRY_ASSIGN(const std::uint64_t count, rounds->integer("rounds", 1, kMaxTurns / seats));
    spec_.turns = static_cast<std::uint32_t>(count * seats);
  } else if (turns != nullptr && turns->kind() == YamlKind::kScalar && *turns->text("") == "forever") {
    const BudgetSpec& budget = spec_.budget;
    if (spec_.stop == StopSpec{} && budget == BudgetSpec{}) {
      return turns->fail("turns: forever needs a stop or a budget, or the experiment never ends");
    }
    spec_.turns = 0;
  } else if (turns != nullptr) {
    TRY_ASSIGN(const std::uint64_t count, turns->integer("turns", 1, kMaxTurns));
    spec_.turns = static_cast<std::uint32_t>(count);
  }
  return {};
}

Result<std::uint64_t> milliseconds(const Yaml& node, std::string_view what) {
  constexpr double kMsAnHour = 3'600'000;
  constexpr double kMaxHours = 100'000;
  TRY_ASSIGN(const double hours, node.number(what));
  if (hours <= 0 || hours > kMaxHours) {
    return node.fail(fmt::format("{} must be more than 0 and at most {:.0f}", what, kMaxHours));
  }
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(hours * kMsAnHour)));
}

Result<double> dollars(const Yaml& node) {
  TRY_ASSIGN(const double usd, node.number("usd"));
  if (usd <= 0 || usd > kMaxUsd)
    return node.fail(fmt::format("usd must be more than 0 and at most {:.0f}", kMaxUsd));
  return usd;
}

Status SpecReader::read_stop_item(const Yaml& node) {
  TRY(check_keys(node, "stop", stop_keys()));
  TRY_ASSIGN(const auto members, node.map("stop", stop_keys().known));
  if (members.size() != 1) return node.fail("one condition an item of the list, e.g. - {same_text: 6}");
  const YamlMember& member = members.front();
  const auto once = [&](bool taken) -> Status {
    if (taken) return member.at.fail(fmt::format("{} is given twice", member.key));
    return {};
  };
  if (member.key == "same_text") {
    TRY(once(spec_.stop.same_text != 0));
    TRY_ASSIGN(const std::uint64_t times, member.value.integer("same_text", 2, kMaxTurns));
    spec_.stop.same_text = static_cast<std::uint32_t>(times);
  } else if (member.key == "detected") {
    TRY_ASSIGN(const std::size_t word, member.value.word("detected", detected_labels()));
    spec_.stop.detected.push_back(detected_labels()[word]);
  } else if (member.key == "tokens") {
    TRY(once(spec_.stop.tokens != 0));
    TRY_ASSIGN(spec_.stop.tokens, member.value.integer("tokens", 1, UINT64_MAX));
  } else if (member.key == "usd") {
    TRY(once(spec_.stop.usd != 0));
    TRY_ASSIGN(spec_.stop.usd, dollars(member.value));
  } else {
    TRY(once(spec_.stop.time_ms != 0));
    TRY_ASSIGN(spec_.stop.time_ms, milliseconds(member.value, "hours"));
  }
  return {};
}

Status SpecReader::read_stop(const Yaml& node) {
  TRY_ASSIGN(const auto items, node.list("stop"));
  for (const Yaml& item : items) TRY(read_stop_item(item));
  return {};
}

Status SpecReader::read_budget(const Yaml& node) {
  TRY(check_keys(node, "budget", budget_keys()));
  if (const Yaml* tokens = node.find("tokens")) {
    TRY_ASSIGN(spec_.budget.tokens, tokens->integer("tokens", 1, UINT64_MAX));
  }
  if (const Yaml* hours = node.find("hours")) {
    TRY_ASSIGN(spec_.budget.time_ms, milliseconds(*hours, "hours"));
  }
  if (const Yaml* usd = node.find("usd")) {
    TRY_ASSIGN(spec_.budget.usd, dollars(*usd));
  }
  return {};
}

Status SpecReader::read_numbers() {
  if (const Yaml* repeats = root_.find("repeats")) {
    TRY_ASSIGN(const std::uint64_t count, repeats->integer("repeats", 1, kMaxTrials));
    spec_.repeats = static_cast<std::uint32_t>(count);
  }
  spec_.seed = base::random_seed();
  if (const Yaml* seed = root_.find("seed")) {
    TRY_ASSIGN(spec_.seed, seed->integer("seed", 0, UINT64_MAX));
  }
  if (const Yaml* level = root_.find("determinism")) {
    TRY_ASSIGN(const std::size_t word, level->word("determinism", {"exact", "seeded"}));
    spec_.determinism = word == 0 ? model::Determinism::kExact : model::Determinism::kSeeded;
  }
  if (const Yaml* context = root_.find("context_tokens")) {
    TRY_ASSIGN(const std::uint64_t tokens, context->integer("context_tokens", 128, 10'000'000));
    spec_.context_tokens = static_cast<std::uint32_t>(tokens);
  }
  if (const Yaml* stats = root_.find("listener_stats")) {
    TRY_ASSIGN(spec_.listener_stats, stats->boolean("listener_stats"));
  }
  return {};
}

Result<ExperimentSpec> SpecReader::read() {
  TRY(check_keys(root_, "the spec", spec_keys()));
  if (const Yaml* name = root_.find("name")) {
    TRY_ASSIGN(spec_.name, name->text("name"));
  }
  TRY(read_participants());
  if (const Yaml* opening = root_.find("opening")) TRY(read_opening(*opening));
  if (const Yaml* order = root_.find("order")) TRY(read_order(*order));
  if (const Yaml* stop = root_.find("stop")) TRY(read_stop(*stop));
  if (const Yaml* budget = root_.find("budget")) TRY(read_budget(*budget));
  if (const Yaml* retry = root_.find("retry")) {
    TRY_ASSIGN(spec_.retry, read_retry(*retry));
  }
  if (const Yaml* limits = root_.find("rate_limits")) {
    TRY_ASSIGN(spec_.rate_limits, read_rate_limits(*limits));
  }
  if (const Yaml* timeouts = root_.find("timeouts")) {
    TRY_ASSIGN(spec_.timeouts, read_timeouts(*timeouts));
  }
  TRY(read_length());
  TRY(read_numbers());
  TRY(read_moderation());
  if (auto good = check(spec_); !good) return at(root_, good);
  return std::move(spec_);
}

Result<ExperimentSpec> from_tree(const Yaml& root, const std::string& file) {
  const fs::path path(file);
  TRY_ASSIGN(const std::vector<ArmTree> arms, arms_of(root));
  TRY_ASSIGN(ExperimentSpec spec, SpecReader(arms.front().root, path.parent_path()).read());
  for (const ArmTree& arm : arms) {
    if (arm.name.empty()) break;  // the only one
    TRY_ASSIGN(ExperimentSpec one, SpecReader(arm.root, path.parent_path()).read());
    spec.arms.push_back({arm.name, std::move(one)});
  }
  if (auto good = check(spec); !good) return at(root, good);
  if (spec.name.empty()) spec.name = path.stem().string();
  return spec;
}

}  // namespace

std::string with_absolute_file(const std::string& model, const std::string& folder) {
  std::error_code ignored;
  const auto absolute = [&](const std::string& file) {
    return fs::absolute(fs::path(folder) / file, ignored).lexically_normal().string();
  };
  for (const std::string prefix : {"scripted:", "gguf:"}) {
    if (!model.starts_with(prefix)) continue;
    const std::string file = model.substr(prefix.size());
    return file.empty() || file.starts_with("ollama/") ? model : prefix + absolute(file);
  }
  if (model::find_known_weights(model) != nullptr) return model;  // known names come first
  return fs::is_regular_file(fs::path(folder) / model, ignored) ? absolute(model) : model;
}

Result<ExperimentSpec> spec_from_yaml(std::string_view text, const std::string& file) {
  TRY_ASSIGN(const Yaml root, Yaml::parse(text, file));
  return from_tree(root, file);
}

Result<ExperimentSpec> read_spec(const std::string& path) {
  TRY_ASSIGN(const Yaml root, Yaml::parse_file(path));
  return from_tree(root, path);
}

}  // namespace duologue::experiment
