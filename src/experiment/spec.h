// What is to be run: participants, openings, repeats, sampling, when to stop. `talk` makes one from its
// flags, `run` reads one from YAML, and the .duo file keeps it as JSON, from which `resume` goes on. Values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/sampling.h"
#include "chat/transcript.h"
#include "engine/instruction.h"
#include "engine/tool.h"
#include "engine/turn_order.h"
#include "model/http/transport.h"
#include "model/model.h"
#include "model/rate_limiter.h"
#include "model/retrying_model.h"

namespace duologue::experiment {

struct ParticipantSpec {
  std::string name;
  std::string model;  // as the user gave it; model/catalog.h says what it becomes
  std::string system_prompt = "You are a helpful assistant.";
  chat::Sampling sampling;
  chat::MemoryPolicy memory;
  chat::ReasoningPolicy reasoning = chat::ReasoningPolicy::kStrip;
  bool raw_prompt = false;
  std::vector<engine::Tool> tools;
  std::string prefill;      // how each of its turns begins
  bool plays_user = false;  // its view has the roles the other way round

  bool operator==(const ParticipantSpec&) const = default;
};

// What ends a conversation besides its number of turns. Empty or 0: doesn't.
struct StopSpec {
  std::uint32_t same_text = 0;        // the same text this many times
  std::vector<std::string> detected;  // labels, "converged" included
  std::uint64_t tokens = 0;
  std::uint64_t time_ms = 0;
  double usd = 0;  // of its calls of known cost

  bool operator==(const StopSpec&) const = default;
};

// Of the whole experiment, all its conversations together. 0: none. `tokens` counts prompts and answers of
// every call in the file, `usd` those of known cost; `time_ms` one run's or resume's wall time.
struct BudgetSpec {
  std::uint64_t tokens = 0;
  std::uint64_t time_ms = 0;
  double usd = 0;

  bool operator==(const BudgetSpec&) const = default;
};

// What one conversation is, as far as arms of an experiment may differ in it.
struct ConversationForm {
  std::vector<ParticipantSpec> participants;  // in speaking order
  engine::TurnOrder order;
  std::vector<engine::Instruction> moderators;  // asked in this order
  StopSpec stop;

  bool operator==(const ConversationForm&) const = default;
};

struct Arm {
  std::string name;  // "pressure=on, tools=costed"
  ConversationForm form;

  bool operator==(const Arm&) const = default;
};

// Where there are arms, every trial is of one of them, and the form of the spec itself is only what they
// began from.
struct ExperimentSpec : ConversationForm {
  std::string name;
  std::vector<Arm> arms;  // none: one arm without a name
  std::vector<std::string> openings{"Hello there"};
  bool opening_to_all = false;
  std::uint32_t repeats = 1;  // of every opening in every arm
  std::uint32_t turns = 40;   // utterances; 0: forever
  std::uint64_t seed = 0;
  BudgetSpec budget;
  model::RetryPolicy retry;       // of providers that fail
  model::RateLimits rate_limits;  // of each provider's key
  model::http::HttpTimeouts timeouts;
  model::Determinism determinism = model::Determinism::kExact;
  bool listener_stats = true;
  std::uint32_t context_tokens = 0;  // of in-process models; 0: the model's own, at most 8192

  bool operator==(const ExperimentSpec&) const = default;
};

// One conversation of an experiment. Ids count from 1: arm by arm, every opening's repeats in order of the
// openings.
struct Trial {
  std::uint32_t id = 1;       // also the random numbers' trial
  std::uint32_t opening = 0;  // which of the spec's openings, from 0
  std::uint32_t repeat = 1;
  std::uint32_t arm = 0;  // from 0
};
std::vector<Trial> trials(const ExperimentSpec& spec);
std::uint64_t trial_count(const ExperimentSpec& spec);

// What the trial of that id is; the spec's own form where there are no arms. `arm_name`: "" then.
const ConversationForm& form_of(const ExperimentSpec& spec, std::uint32_t trial_id);
const std::string& arm_name(const ExperimentSpec& spec, std::uint32_t trial_id);
// The forms of all arms, or the only one.
std::vector<const ConversationForm*> forms_of(const ExperimentSpec& spec);

// Every model's name, those of hand-overs too.
void for_each_model(ExperimentSpec& spec, const std::function<void(std::string& name)>& visit);

std::string to_json(const ExperimentSpec& spec);
// kBadInput with the key's path. Only what to_json wrote: not what is checked by check().
base::Result<ExperimentSpec> spec_from_json(std::string_view json);

// Limits, named by the errors.
inline constexpr std::size_t kMaxParticipants = 64;
inline constexpr std::size_t kMaxNameBytes = 64;
inline constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;  // of a prompt, an opening
inline constexpr std::size_t kMaxOpenings = 100'000;
inline constexpr std::size_t kMaxOpeningsBytes = std::size_t{16} << 20;  // all together
inline constexpr std::uint64_t kMaxTrials = 1'000'000;
inline constexpr std::uint32_t kMaxTurns = 1'000'000'000;
inline constexpr std::uint32_t kMaxWindow = 1'000'000;
inline constexpr double kMaxUsd = 1e9;

// kUsage: empty, too long, control characters, or one of `= @ : ,`, which flags and file names use.
base::Status check_participant_name(std::string_view name);

// kUsage with what is wrong and what to do: no participants, two of one name, an empty opening, sampling out
// of range.
base::Status check(const ExperimentSpec& spec);

}  // namespace duologue::experiment
