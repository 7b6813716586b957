#include "experiment/spec.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "base/utf8.h"

namespace duologue::experiment {

namespace {

using base::ErrorKind;
using base::fail;
using base::Status;

Status wrong(std::string message) { return fail(ErrorKind::kUsage, std::move(message)); }

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

Status check_text(const std::string& what, std::string_view text) {
  if (text.size() > kMaxTextBytes)
    return wrong(fmt::format("{} has more than {} bytes", what, kMaxTextBytes));
  if (!base::is_valid_utf8(text)) return wrong(fmt::format("{} is not UTF-8", what));
  return {};
}

Status check_participant(const ParticipantSpec& participant) {
  TRY(check_participant_name(participant.name));
  const std::string& name = participant.name;
  if (participant.model.empty() || has_control(participant.model)) {
    return wrong(fmt::format("participant {} has no model; name one, e.g. smollm2", name));
  }
  TRY(check_text(fmt::format("{}'s model", name), participant.model));
  TRY(check_text(fmt::format("{}'s system prompt", name), participant.system_prompt));
  if (const std::string bad = chat::check(participant.sampling); !bad.empty()) {
    return wrong(fmt::format("{}'s sampling: {}", name, bad));
  }
  for (const std::string& stop : participant.sampling.stop) {
    TRY(check_text(fmt::format("a stop string of {}", name), stop));
  }
  const chat::MemoryPolicy& memory = participant.memory;
  const bool counts = memory.kind == chat::MemoryKind::kWindow || memory.kind == chat::MemoryKind::kSummary;
  if (counts && (memory.count < 1 || memory.count > kMaxWindow)) {
    return wrong(fmt::format("{}'s memory window:N or summary:N needs an N from 1 to {}", name, kMaxWindow));
  }
  TRY(check_text(fmt::format("{}'s prefill", name), participant.prefill));
  return {};
}

Status check_openings(const ExperimentSpec& spec) {
  if (spec.openings.empty()) return wrong("there is no opening; give the first speaker something to answer");
  if (spec.openings.size() > kMaxOpenings) return wrong(fmt::format("more than {} openings", kMaxOpenings));
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < spec.openings.size(); ++i) {
    const std::string what = spec.openings.size() == 1 ? "the opening" : fmt::format("opening {}", i + 1);
    if (is_blank(spec.openings[i])) {
      return wrong(what + " is empty; give the first speaker something to answer, e.g. \"Hello there\"");
    }
    TRY(check_text(what, spec.openings[i]));
    bytes += spec.openings[i].size();
  }
  if (bytes > kMaxOpeningsBytes) {
    return wrong(fmt::format("the openings have more than {} bytes together", kMaxOpeningsBytes));
  }
  return {};
}

Status check_counts(const ExperimentSpec& spec) {
  if (spec.turns > kMaxTurns) return wrong(fmt::format("turns must be at most {}, or forever", kMaxTurns));
  if (spec.repeats < 1) return wrong("repeats must be at least 1");
  if (trial_count(spec) > kMaxTrials) {
    const std::string arms = spec.arms.empty() ? "" : fmt::format("{} arms × ", spec.arms.size());
    return wrong(fmt::format("{}{} openings × {} repeats are more than {} trials; split the experiment", arms,
                             spec.openings.size(), spec.repeats, kMaxTrials));
  }
  return {};
}

Status check_usd(std::string_view of, double usd) {
  const bool good = usd >= 0 && usd <= kMaxUsd;  // not so of NaN
  if (!good) return wrong(fmt::format("{}: usd must be at most {:.0f}", of, kMaxUsd));
  return {};
}

Status check_stop(const StopSpec& stop) {
  if (stop.same_text == 1)
    return wrong("stop: same_text must be at least 2: one text is always the same as itself");
  TRY(check_usd("stop", stop.usd));
  for (const std::string& label : stop.detected) {
    if (label.empty() || has_control(label)) return wrong("stop: detected needs a label, e.g. converged");
    TRY(check_text("a label to stop on", label));
  }
  return {};
}

}  // namespace

Status check_participant_name(std::string_view name) {
  const auto bad = [&](std::string_view why) {
    return wrong(fmt::format("the participant's name '{}' {}", has_control(name) ? "…" : name, why));
  };
  if (name.empty()) return wrong("a participant has no name");
  if (name.size() > kMaxNameBytes) return bad(fmt::format("is longer than {} bytes", kMaxNameBytes));
  if (!base::is_valid_utf8(name)) return wrong("a participant's name is not UTF-8");
  if (has_control(name) || name.front() == ' ' || name.back() == ' ')
    return bad("begins or ends in a space, or holds a control character");
  // Flags say NAME=VALUE, files say OUT.duo:TRIAL@TURN.
  if (name.find_first_of("=@:,") != std::string_view::npos) return bad("may not hold any of = @ : ,");
  return {};
}

std::uint64_t trial_count(const ExperimentSpec& spec) {
  return std::max<std::uint64_t>(1, spec.arms.size()) * spec.openings.size() * spec.repeats;
}

std::vector<Trial> trials(const ExperimentSpec& spec) {
  std::vector<Trial> all;
  all.reserve(trial_count(spec));
  for (std::uint32_t arm = 0; arm < std::max<std::size_t>(1, spec.arms.size()); ++arm) {
    for (std::uint32_t opening = 0; opening < spec.openings.size(); ++opening) {
      for (std::uint32_t repeat = 1; repeat <= spec.repeats; ++repeat) {
        all.push_back({static_cast<std::uint32_t>(all.size() + 1), opening, repeat, arm});
      }
    }
  }
  return all;
}

namespace {

const Arm* arm_of(const ExperimentSpec& spec, std::uint32_t trial_id) {
  const std::uint64_t each = std::max<std::uint64_t>(1, std::uint64_t{spec.repeats} * spec.openings.size());
  const std::uint64_t arm = (std::max(trial_id, 1U) - 1) / each;
  return arm < spec.arms.size() ? &spec.arms[arm] : nullptr;
}

}  // namespace

const ConversationForm& form_of(const ExperimentSpec& spec, std::uint32_t trial_id) {
  const Arm* arm = arm_of(spec, trial_id);
  return arm == nullptr ? spec : arm->form;
}

const std::string& arm_name(const ExperimentSpec& spec, std::uint32_t trial_id) {
  static const std::string none;
  const Arm* arm = arm_of(spec, trial_id);
  return arm == nullptr ? none : arm->name;
}

void for_each_model(ExperimentSpec& spec, const std::function<void(std::string& name)>& visit) {
  const auto in_form = [&visit](ConversationForm& form) {
    for (ParticipantSpec& participant : form.participants) visit(participant.model);
    for (engine::Instruction& one : form.moderators) {
      if (one.deed == engine::Deed::kModel) visit(one.text);
    }
  };
  in_form(spec);
  for (Arm& arm : spec.arms) in_form(arm.form);
}

std::vector<const ConversationForm*> forms_of(const ExperimentSpec& spec) {
  std::vector<const ConversationForm*> forms;
  for (const Arm& arm : spec.arms) forms.push_back(&arm.form);
  if (forms.empty()) forms.push_back(&spec);
  return forms;
}

namespace {

Status check_form(const ConversationForm& form) {
  if (form.participants.empty()) return wrong("there are no participants; name at least one with its model");
  if (form.participants.size() > kMaxParticipants) {
    return wrong(
        fmt::format("{} participants; at most {} can talk", form.participants.size(), kMaxParticipants));
  }
  std::unordered_set<std::string> names;
  for (const ParticipantSpec& participant : form.participants) {
    TRY(check_participant(participant));
    if (!names.insert(participant.name).second) {
      return wrong(fmt::format("two participants are called {}; names must differ", participant.name));
    }
  }
  for (const engine::Instruction& one : form.moderators) {
    for (const std::string& name : {one.who, one.to}) {
      if (name.empty() || names.contains(name)) continue;
      return wrong(fmt::format("the moderator {} speaks of {}, who isn't at the table", one.name, name));
    }
  }
  const engine::TurnOrder& order = form.order;
  const bool is_cycle = order.kind == engine::OrderKind::kCycle;
  const bool seated =
      std::ranges::all_of(order.cycle, [&](auto id) { return id < form.participants.size(); });
  if (is_cycle == order.cycle.empty() || !seated)
    return wrong("the order of turns names nobody at the table");
  return check_stop(form.stop);
}

}  // namespace

Status check(const ExperimentSpec& spec) {
  TRY(check_text("the experiment's name", spec.name));
  if (has_control(spec.name)) return wrong("the experiment's name holds a control character");
  TRY(check_form(spec));
  for (const Arm& arm : spec.arms) {
    if (auto good = check_form(arm.form); !good) {
      return wrong(fmt::format("arm {}: {}", arm.name, good.error().message));
    }
    if (arm.form.participants.size() != spec.participants.size()) {
      return wrong(fmt::format("arm {} has another number of participants", arm.name));
    }
  }
  TRY(check_openings(spec));
  TRY(check_counts(spec));
  return check_usd("budget", spec.budget.usd);
}

}  // namespace duologue::experiment
