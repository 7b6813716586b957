#include "cli/talk_flags.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/number.h"
#include "experiment/moderators_yaml.h"
#include "experiment/spec_keys.h"
#include "experiment/text_file.h"
#include "experiment/tools_yaml.h"
#include "experiment/words.h"

namespace duologue::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using experiment::ExperimentSpec;
using experiment::ParticipantSpec;

constexpr std::array<std::string_view, 7> kModes{"free",       "debate",          "socratic", "storytelling",
                                                 "brainstorm", "self-discussion", "coding"};

Status not_yet(std::string_view flag) {
  return fail(ErrorKind::kUsage, fmt::format("talk: {} is not in this version yet; leave it out", flag));
}

// Sets one participant's value from a flag's word.
using Apply = std::function<Status(ParticipantSpec&, const std::string&)>;

ParticipantSpec* find(ExperimentSpec& spec, std::string_view name) {
  const auto found = std::ranges::find(spec.participants, name, &ParticipantSpec::name);
  return found == spec.participants.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(const ExperimentSpec& spec) {
  std::vector<std::string> names;
  for (const ParticipantSpec& participant : spec.participants) names.push_back(participant.name);
  return names;
}

// First what is said for all, then what is said for one. `free_text`: a `=` may be part of the value.
Status for_each_value(ExperimentSpec& spec, std::string_view flag, const std::vector<std::string>& values,
                      bool free_text, const Apply& apply) {
  for (const bool named : {false, true}) {
    for (const std::string& word : values) {
      const std::size_t equals = word.find('=');
      ParticipantSpec* one = equals == std::string::npos ? nullptr : find(spec, word.substr(0, equals));
      if (one == nullptr && equals != std::string::npos && !free_text) {
        const std::string name = word.substr(0, equals);
        return fail(ErrorKind::kUsage, fmt::format("talk: {} {}: no participant is called '{}'{}", flag, word,
                                                   name, base::did_you_mean(name, names_of(spec))));
      }
      if (named != (one != nullptr)) continue;
      const std::string value = one == nullptr ? word : word.substr(equals + 1);
      for (ParticipantSpec& participant : spec.participants) {
        if (one == nullptr || one == &participant) TRY(apply(participant, value));
      }
    }
  }
  return {};
}

Status wrong_value(std::string_view flag, std::string_view value, std::string_view wanted) {
  return fail(ErrorKind::kUsage, fmt::format("talk: {} '{}' is not {}", flag, value, wanted));
}

Status set_real(std::string_view flag, double& target, const std::string& value, std::optional<double> off) {
  if (off && value == "off") {
    target = *off;
    return {};
  }
  const std::optional<double> number = real_from(value);
  if (!number) return wrong_value(flag, value, off ? "a number or off" : "a number");
  target = *number;
  return {};
}

Status set_count(std::string_view flag, std::uint32_t& target, const std::string& value, bool may_be_off) {
  if (may_be_off && value == "off") {
    target = 0;
    return {};
  }
  const std::optional<std::uint32_t> number = count_from(value);
  if (!number) return wrong_value(flag, value, may_be_off ? "a whole number or off" : "a whole number");
  target = *number;
  return {};
}

Status seat(ExperimentSpec& spec, const TalkFlags& flags) {
  std::vector<std::string> words = flags.models;
  const bool old_names = !flags.model_a.empty() || !flags.model_b.empty();
  if (old_names && !words.empty()) {
    return fail(ErrorKind::kUsage, "talk: give models either as arguments or with --model-a and --model-b");
  }
  if (old_names) {
    words = {flags.model_a.empty() ? std::string(kDefaultModel) : flags.model_a,
             flags.model_b.empty() ? std::string(kDefaultModel) : flags.model_b};
  }
  if (words.empty()) words.emplace_back(kDefaultModel);
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    // A name has no slash or colon: `some/path=x.gguf` is a file.
    const bool named = equals != std::string::npos && word.find_first_of("/:") > equals;
    spec.participants.push_back({});
    if (named) spec.participants.back().name = word.substr(0, equals);
    spec.participants.back().model = named ? word.substr(equals + 1) : word;
    if (named) TRY(experiment::check_participant_name(spec.participants.back().name));
  }
  if (spec.participants.size() == 1) {  // it talks with itself
    spec.participants.push_back({});
    spec.participants.back().model = spec.participants.front().model;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < spec.participants.size(); ++i) {
    ParticipantSpec& participant = spec.participants[i];
    next = std::max(next, i);
    while (participant.name.empty()) {
      const std::string name = default_name(next++);
      if (find(spec, name) == nullptr) participant.name = name;
    }
  }
  return {};
}

Status set_length(ExperimentSpec& spec, const TalkFlags& flags) {
  if (!flags.turns.empty() && !flags.rounds.empty()) {
    return fail(ErrorKind::kUsage, "talk: give --turns or --rounds, not both");
  }
  if (!flags.rounds.empty()) {
    const std::optional<std::uint32_t> rounds = count_from(flags.rounds);
    const std::uint64_t turns = std::uint64_t{rounds.value_or(0)} * spec.participants.size();
    if (turns == 0 || turns > experiment::kMaxTurns) {
      return wrong_value("--rounds", flags.rounds, "a number of rounds from 1 on");
    }
    spec.turns = static_cast<std::uint32_t>(turns);
  } else if (flags.turns == "forever") {
    spec.turns = 0;
  } else if (!flags.turns.empty()) {
    const std::optional<std::uint32_t> turns = count_from(flags.turns);
    if (!turns || *turns == 0 || *turns > experiment::kMaxTurns) {
      return wrong_value("--turns", flags.turns,
                         fmt::format("a number from 1 to {}, or forever", experiment::kMaxTurns));
    }
    spec.turns = *turns;
  }
  return {};
}

Status set_prompts(ExperimentSpec& spec, const TalkFlags& flags) {
  TRY(for_each_value(spec, "--system", flags.system, true,
                     [](ParticipantSpec& participant, const std::string& value) -> Status {
                       if (!value.starts_with('@')) {
                         participant.system_prompt = value;
                         return {};
                       }
                       TRY_ASSIGN(participant.system_prompt, experiment::read_text_file(value.substr(1)));
                       return {};
                     }));
  if (!flags.persona.empty() && !flags.system.empty()) {
    return fail(ErrorKind::kUsage,
                "talk: --persona is a system prompt from a file; give --system or --persona, not both");
  }
  return for_each_value(spec, "--persona", flags.persona, true,
                        [](ParticipantSpec& participant, const std::string& file) -> Status {
                          TRY_ASSIGN(participant.system_prompt, experiment::read_text_file(file));
                          return {};
                        });
}

// One sampling value for all or for one, still in its range afterwards.
Status sample(ExperimentSpec& spec, const std::string& flag, const std::vector<std::string>& values,
              const std::function<Status(chat::Sampling&, const std::string&)>& set) {
  return for_each_value(spec, flag, values, false,
                        [&](ParticipantSpec& participant, const std::string& value) -> Status {
                          TRY(set(participant.sampling, value));
                          const std::string bad = chat::check(participant.sampling);
                          if (bad.empty()) return {};
                          return fail(ErrorKind::kUsage, fmt::format("talk: {} {}: {}", flag, value, bad));
                        });
}

Status set_sampling(ExperimentSpec& spec, const TalkFlags& flags) {
  TRY(sample(spec, "--temperature", flags.temperature,
             [](chat::Sampling& sampling, const std::string& value) {
               return set_real("--temperature", sampling.temperature, value, std::nullopt);
             }));
  TRY(sample(spec, "--top-p", flags.top_p, [](chat::Sampling& sampling, const std::string& value) {
    return set_real("--top-p", sampling.top_p, value, 1.0);
  }));
  TRY(sample(spec, "--top-k", flags.top_k, [](chat::Sampling& sampling, const std::string& value) {
    return set_count("--top-k", sampling.top_k, value, true);
  }));
  TRY(sample(spec, "--min-p", flags.min_p, [](chat::Sampling& sampling, const std::string& value) {
    return set_real("--min-p", sampling.min_p, value, 0.0);
  }));
  return sample(spec, "--max-tokens", flags.max_tokens,
                [](chat::Sampling& sampling, const std::string& value) {
                  return set_count("--max-tokens", sampling.max_tokens, value, false);
                });
}

Status set_policies(ExperimentSpec& spec, const TalkFlags& flags) {
  TRY(for_each_value(spec, "--memory", flags.memory, false,
                     [](ParticipantSpec& participant, const std::string& value) -> Status {
                       const std::optional<chat::MemoryPolicy> memory = experiment::memory_from(value);
                       if (!memory)
                         return wrong_value("--memory", value, "full, last, window:N or summary:N");
                       participant.memory = *memory;
                       return {};
                     }));
  return for_each_value(spec, "--think", flags.think, false,
                        [](ParticipantSpec& participant, const std::string& value) -> Status {
                          const std::optional<chat::ReasoningPolicy> reasoning =
                              experiment::reasoning_from(value);
                          if (!reasoning) return wrong_value("--think", value, "strip, own or share");
                          participant.reasoning = *reasoning;
                          return {};
                        });
}

Status set_seats(ExperimentSpec& spec, const TalkFlags& flags) {
  TRY(for_each_value(spec, "--tools", flags.tools, true,
                     [](ParticipantSpec& participant, const std::string& file) -> Status {
                       TRY_ASSIGN(participant.tools, experiment::read_tools_file(file));
                       return {};
                     }));
  return for_each_value(spec, "--prefill", flags.prefill, true,
                        [](ParticipantSpec& participant, const std::string& text) -> Status {
                          participant.prefill = text;
                          return {};
                        });
}

Status set_order(ExperimentSpec& spec, const std::string& words) {
  if (words.empty() || words == "round_robin") return {};
  if (words == "random") {
    spec.order.kind = engine::OrderKind::kRandom;
    return {};
  }
  spec.order.kind = engine::OrderKind::kCycle;
  for (std::size_t from = 0; from <= words.size();) {
    const std::size_t comma = std::min(words.find(',', from), words.size());
    const std::string name = words.substr(from, comma - from);
    const auto found = std::ranges::find(spec.participants, name, &ParticipantSpec::name);
    if (found == spec.participants.end()) {
      return fail(ErrorKind::kUsage, fmt::format("talk: --order {}: no participant is called '{}'{}", words,
                                                 name, base::did_you_mean(name, names_of(spec))));
    }
    spec.order.cycle.push_back(static_cast<chat::ParticipantId>(found - spec.participants.begin()));
    from = comma + 1;
  }
  return {};
}

Status set_seed(ExperimentSpec& spec, const TalkFlags& flags, std::uint64_t random_seed) {
  spec.seed = random_seed;
  for (const std::string& word : flags.seed) {
    if (word.find('=') != std::string::npos) return not_yet("--seed NAME=VALUE (a seed for one participant)");
    const std::optional<std::uint64_t> seed = unsigned_from(word);
    if (!seed) return wrong_value("--seed", word, "a whole number from 0 to 18446744073709551615");
    spec.seed = *seed;
  }
  return {};
}

Status check_later_flags(const TalkFlags& flags) {
  if (!flags.mode.empty() && flags.mode != "free") {
    if (std::ranges::find(kModes, flags.mode) != kModes.end()) return not_yet("--mode " + flags.mode);
    return fail(ErrorKind::kUsage,
                fmt::format("talk: unknown mode '{}'{}", flags.mode,
                            base::did_you_mean(flags.mode, {kModes.begin(), kModes.end()})));
  }
  if (!flags.topic.empty()) return not_yet("--topic");
  if (!flags.supervisor.empty()) return not_yet("--supervisor");
  if (!flags.code_dir.empty()) return not_yet("--code-dir");
  if (flags.claude_moderator) return not_yet("--claude-moderator");
  return {};
}

void add_people_flags(Command command, TalkFlags& flags) {
  command.arguments("MODEL", flags.models, "models, or NAME=MODEL; none: smollm2; one: with itself");
  command.option("--model-a", flags.model_a, "the first model, as older scripts say it");
  command.option("--model-b", flags.model_b, "the second model, as older scripts say it");
  command.options("--system", flags.system,
                  "[NAME=]TEXT or [NAME=]@FILE: the system prompt; \"\" sends none");
  command.options("--persona", flags.persona, "[NAME=]FILE: the system prompt from a file");
  command.options("--memory", flags.memory,
                  "[NAME=]full, last, window:N or summary:N: how much of the talk is seen (full)");
  command.options("--prefill", flags.prefill, "[NAME=]TEXT: how each turn begins");
  command.options(
      "--think", flags.think,
      "[NAME=]strip, own or share: who gets reasoning back: nobody, its author, everybody (strip)");
  command.flag("--raw", flags.raw, "raw text without a chat template, for base models");
}

void add_sampling_flags(Command command, TalkFlags& flags) {
  command.options("--temperature", flags.temperature, "[NAME=]T (0.7); 0 takes the likeliest token");
  command.options("--top-p", flags.top_p, "[NAME=]P (0.95), or off");
  command.options("--top-k", flags.top_k, "[NAME=]K, or off (off)");
  command.options("--min-p", flags.min_p, "[NAME=]P, or off (off)");
  command.options("--max-tokens", flags.max_tokens, "[NAME=]N tokens a turn (256)");
  command.options("--seed", flags.seed, "any 64-bit number; without it a random one, which is printed");
  command.option("--determinism", flags.determinism, "exact or seeded: what the texts may depend on (exact)");
}

}  // namespace

std::string default_name(std::size_t index) {
  std::string name(1, static_cast<char>('A' + index % 26));
  return index < 26 ? name : default_name(index / 26 - 1) + name;
}

void add_talk_flags(Command command, TalkFlags& flags) {
  add_people_flags(command, flags);
  command.option("--opening", flags.opening, "said to the first speaker only; not a turn (\"Hello there\")");
  command.option("--turns", flags.turns, "N utterances, or forever (40)");
  command.option("--rounds", flags.rounds, "N times round all participants, instead of --turns");
  command.option("--budget-usd", flags.budget_usd, "N dollars: ends once its calls cost that much");
  command.options("--stop-on", flags.stop_on, "LABEL or converged: ends when that is detected");
  command.options("--tools", flags.tools, "[NAME=]FILE: tools that the models may call (docs/tools.md)");
  command.option("--schedule", flags.schedule, "FILE: what is said, whispered, changed when (docs/spec.md)");
  command.option("--order", flags.order, "round_robin, random, or names with commas: A,B,A,C (round_robin)");
  add_sampling_flags(command, flags);
  command.option("-o,--output", flags.output, "FILE.duo to record to (a new file in the data folder)");
  command.flag("--plain", flags.plain, "plain lines, no live view");
  command.flag("--json", flags.json, "JSON Lines on standard output, one a turn, and nothing else there");
  add_wire_flags(command, flags.wire);
  command.flag("--yes", flags.yes, "asks nothing: fetches known weights that are missing");
  // Of later versions: an error that says so is better than "unknown flag".
  command.option("--mode", flags.mode, "free (the other modes are not in this version yet)");
  command.option("--topic", flags.topic, "TEXT (not in this version yet)");
  command.hidden_option("--supervisor", flags.supervisor);
  command.hidden_option("--code-dir,--code-output-dir", flags.code_dir);
  command.hidden_flag("--claude-moderator", flags.claude_moderator);
}

Result<ExperimentSpec> spec_from(const TalkFlags& flags, std::uint64_t random_seed) {
  TRY(check_later_flags(flags));
  ExperimentSpec spec;
  spec.name = "talk";
  TRY(seat(spec, flags));
  spec.openings = {flags.opening};
  TRY(set_length(spec, flags));
  TRY(set_prompts(spec, flags));
  TRY(set_sampling(spec, flags));
  TRY(set_policies(spec, flags));
  TRY(set_seed(spec, flags, random_seed));
  TRY(set_seats(spec, flags));
  TRY(set_order(spec, flags.order));
  if (!flags.schedule.empty()) {
    TRY_ASSIGN(spec.moderators, experiment::read_schedule(flags.schedule, {names_of(spec), spec.turns, ""}));
  }
  for (ParticipantSpec& participant : spec.participants) participant.raw_prompt = flags.raw;
  for (const std::string& label : flags.stop_on) {
    const auto& known = experiment::detected_labels();
    if (std::ranges::find(known, label) == known.end()) {
      return fail(ErrorKind::kUsage,
                  fmt::format("talk: --stop-on '{}' is nothing that is detected ({}){}", label,
                              fmt::join(known, ", "), base::did_you_mean(label, known)));
    }
    spec.stop.detected.push_back(label);
  }
  if (!flags.budget_usd.empty()) {
    TRY(set_real("--budget-usd", spec.stop.usd, flags.budget_usd, std::nullopt));
    if (spec.stop.usd <= 0)
      return std::unexpected(wrong_value("--budget-usd", flags.budget_usd, "more than 0").error());
  }
  if (!flags.determinism.empty()) {
    const std::optional<model::Determinism> level = model::determinism_from(flags.determinism);
    if (!level || *level == model::Determinism::kNone) {
      return std::unexpected(wrong_value("--determinism", flags.determinism, "exact or seeded").error());
    }
    spec.determinism = *level;
  }
  TRY(experiment::check(spec));
  return spec;
}

}  // namespace duologue::cli
