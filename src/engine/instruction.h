// A moderator by file: when something is to be done, and what. Two kinds, as they wait for a turn (a
// schedule) or for a detection (a detector policy). What it writes has the moderator as its author.
//
// Scheduled for turn t, it acts right before that turn is spoken; what it speaks becomes turn t. What it has
// done is told from the chain, so that a resumed conversation does nothing twice and leaves nothing out.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/moderator.h"
#include "engine/participant.h"

namespace duologue::engine {

enum class Deed {
  kNone,      // a control arm's
  kSay,       // `text` to `to`, or to everybody
  kSpeak,     // `text` as `who`: it becomes that participant's turn
  kEdit,      // `text` in place of the last turn's
  kSampling,  // `text`: JSON of the values that change, of `who` or of everybody
  kSystem,    // `text` becomes the system prompt of `who` or of everybody
  kModel,     // `who` is handed over to the model `text`
  kNext,      // `who` speaks next
  kStop,      // the conversation ends; `text` says why
};

struct Instruction {
  std::string name;                  // unique: the author in the record
  std::vector<std::uint32_t> turns;  // ascending, from 1
  std::uint32_t every = 0;           // after every so many turns; 0: no
  std::string detected;              // after a turn that shows this label
  Deed deed = Deed::kNone;
  std::string text;
  std::string who;  // a participant
  std::string to;   // likewise; empty: everybody
  chat::Placement as = chat::Placement::kAppended;
  std::uint32_t at_most = 0;  // so many times; 0: without limit

  bool operator==(const Instruction&) const = default;
};

class InstructedModerator final : public Moderator {
 public:
  // The instruction's names must be among the participants'.
  InstructedModerator(Instruction instruction, const std::vector<Participant>& participants);

  chat::Author author() const override;
  base::Result<std::vector<Action>> act(const chat::Transcript& transcript, std::stop_token stop) override;
  void observe(const chat::Entry& turn, std::span<const measure::Detection> detections) override;
  void restore(const chat::Transcript& transcript, bool had_ended) override;
  std::string left_undone() const override;

 private:
  struct Seat {
    std::string name;
    chat::Sampling sampling;  // as it began
  };

  bool is_due(std::uint32_t turns_before) const;
  void take_due(std::uint32_t turns_before);
  base::Result<std::vector<Action>> actions(const chat::Transcript& transcript) const;
  base::Result<chat::ConfigChange> change_of(chat::ParticipantId id,
                                             const chat::Transcript& transcript) const;
  std::vector<chat::ParticipantId> targets() const;
  chat::ParticipantId id_of(const std::string& name) const;
  void take_own_entry(const chat::Entry& entry);

  const Instruction instruction_;
  std::vector<Seat> seats_;
  std::size_t next_turn_ = 0;  // index into instruction_.turns
  std::uint32_t times_ = 0;
  std::int64_t acted_after_ = -1;          // the number of turns when it last acted
  bool seen_ = false;                      // the newest turn showed the label
  std::set<chat::ParticipantId> changed_;  // by it, after turn acted_after_: a crash may have come in between
};

}  // namespace duologue::engine
