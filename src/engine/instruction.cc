#include "engine/instruction.h"

#include <algorithm>
#include <utility>

namespace duologue::engine {

InstructedModerator::InstructedModerator(Instruction instruction,
                                         const std::vector<Participant>& participants)
    : instruction_(std::move(instruction)) {
  for (const Participant& participant : participants)
    seats_.push_back({participant.name, participant.sampling});
}

chat::Author InstructedModerator::author() const { return {chat::AuthorKind::kModerator, instruction_.name}; }

void InstructedModerator::observe(const chat::Entry& /*turn*/,
                                  std::span<const measure::Detection> detections) {
  seen_ = !instruction_.detected.empty() &&
          std::ranges::any_of(detections, [this](const measure::Detection& detection) {
            return detection.label == instruction_.detected;
          });
}

bool InstructedModerator::is_due(std::uint32_t turns_before) const {
  if (instruction_.at_most > 0 && times_ >= instruction_.at_most) return false;
  if (next_turn_ < instruction_.turns.size() && instruction_.turns[next_turn_] <= turns_before + 1)
    return true;
  if (acted_after_ == std::int64_t{turns_before}) return false;
  if (seen_) return true;
  return instruction_.every > 0 && turns_before > 0 && turns_before % instruction_.every == 0;
}

void InstructedModerator::take_due(std::uint32_t turns_before) {
  if (next_turn_ < instruction_.turns.size() && instruction_.turns[next_turn_] <= turns_before + 1)
    ++next_turn_;
  ++times_;
  acted_after_ = turns_before;
}

base::Result<std::vector<Action>> InstructedModerator::act(const chat::Transcript& transcript,
                                                           std::stop_token) {
  const std::uint32_t turns_before = transcript.turn_count();
  if (instruction_.deed == Deed::kNone || !is_due(turns_before)) return std::vector<Action>{};
  TRY_ASSIGN(std::vector<Action> todo, actions(transcript));
  take_due(turns_before);
  changed_.clear();
  return todo;
}

chat::ParticipantId InstructedModerator::id_of(const std::string& name) const {
  return static_cast<chat::ParticipantId>(std::ranges::find(seats_, name, &Seat::name) - seats_.begin());
}

std::vector<chat::ParticipantId> InstructedModerator::targets() const {
  if (!instruction_.who.empty()) return {id_of(instruction_.who)};
  std::vector<chat::ParticipantId> all;
  for (chat::ParticipantId id = 0; id < seats_.size(); ++id) all.push_back(id);
  return all;
}

base::Result<chat::ConfigChange> InstructedModerator::change_of(chat::ParticipantId id,
                                                                const chat::Transcript& transcript) const {
  chat::ConfigChange change;
  change.participant = id;
  change.cause = instruction_.name;
  if (instruction_.deed == Deed::kModel) {
    change.model = instruction_.text;
  } else if (instruction_.deed == Deed::kSystem) {
    change.system_prompt = instruction_.text;
  } else {
    chat::Sampling now = seats_[id].sampling;
    for (const chat::EntryPtr& entry : transcript.entries()) {
      const chat::ConfigChange* earlier = entry->as_change();
      if (earlier != nullptr && earlier->participant == id && earlier->sampling) now = *earlier->sampling;
    }
    TRY_ASSIGN(change.sampling, chat::sampling_with(now, instruction_.text));
  }
  return change;
}

base::Result<std::vector<Action>> InstructedModerator::actions(const chat::Transcript& transcript) const {
  std::vector<Action> todo;
  switch (instruction_.deed) {
    case Deed::kNone:
      break;
    case Deed::kSay: {
      Inject inject{std::nullopt, instruction_.text, instruction_.as};
      if (!instruction_.to.empty()) inject.to = id_of(instruction_.to);
      todo.emplace_back(std::move(inject));
      break;
    }
    case Deed::kSpeak:
      todo.emplace_back(SpeakAs{id_of(instruction_.who), instruction_.text});
      break;
    case Deed::kEdit:
      todo.emplace_back(EditLastTurn{instruction_.text});
      break;
    case Deed::kSampling:
    case Deed::kSystem:
    case Deed::kModel:
      for (const chat::ParticipantId id : targets()) {
        if (changed_.contains(id)) continue;
        TRY_ASSIGN(chat::ConfigChange change, change_of(id, transcript));
        todo.emplace_back(Change{std::move(change)});
      }
      break;
    case Deed::kNext:
      todo.emplace_back(GiveFloor{id_of(instruction_.who)});
      break;
    case Deed::kStop:
      todo.emplace_back(Stop{instruction_.name + ": " + instruction_.text});
      break;
  }
  return todo;
}

void InstructedModerator::take_own_entry(const chat::Entry& entry) {
  // A turn that it spoke was written after the turn before it; one that it edited, after itself.
  const bool spoke = entry.as_turn() != nullptr && instruction_.deed == Deed::kSpeak;
  const std::int64_t after = std::int64_t{entry.turn} - (spoke ? 1 : 0);
  if (after != acted_after_) {
    ++times_;
    changed_.clear();
  }
  acted_after_ = after;
  if (const chat::ConfigChange* change = entry.as_change()) changed_.insert(change->participant);
}

void InstructedModerator::restore(const chat::Transcript& transcript, bool had_ended) {
  const chat::Author me = author();
  for (const chat::EntryPtr& entry : transcript.entries()) {
    const bool mine = std::visit([&me](const auto& what) { return what.author == me; }, entry->what);
    if (mine) take_own_entry(*entry);
  }
  const std::uint32_t now = transcript.turn_count();
  const bool acted_here = acted_after_ == std::int64_t{now};
  const bool is_change = instruction_.deed == Deed::kSampling || instruction_.deed == Deed::kSystem ||
                         instruction_.deed == Deed::kModel;
  const bool unfinished = acted_here && is_change && changed_.size() < targets().size();
  // What leaves no entry is done again: it had no effect yet. But for an end that was gone beyond.
  const bool done_here = (acted_here && !unfinished) || (instruction_.deed == Deed::kStop && had_ended);
  while (next_turn_ < instruction_.turns.size() &&
         instruction_.turns[next_turn_] <= now + (done_here ? 1U : 0U)) {
    ++next_turn_;
  }
  if (done_here) {
    acted_after_ = now;
  } else if (unfinished) {
    acted_after_ = -1;
    --times_;
  }
}

std::string InstructedModerator::left_undone() const {
  const bool used_up = instruction_.at_most > 0 && times_ >= instruction_.at_most;
  if (instruction_.deed == Deed::kNone || used_up || next_turn_ >= instruction_.turns.size()) return {};
  std::string words = instruction_.name + " was to act at turn ";
  for (std::size_t i = next_turn_; i < instruction_.turns.size(); ++i) {
    words += (i > next_turn_ ? ", " : "") + std::to_string(instruction_.turns[i]);
  }
  return words + "; the conversation ended before";
}

}  // namespace duologue::engine
