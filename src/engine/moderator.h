// The Moderator door: everything that acts between turns. It sees the transcript and answers with actions;
// the conversation carries them out and records each with its cause.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "chat/transcript.h"
#include "measure/findings.h"

namespace duologue::engine {

// Say something that is nobody's turn: to everybody, or (a whisper) to one.
struct Inject {
  std::optional<chat::ParticipantId> to;
  std::string text;
  chat::Placement as = chat::Placement::kAppended;
};
// Speak as a participant: it becomes that participant's own turn, with the moderator as its author.
struct SpeakAs {
  chat::ParticipantId speaker = 0;
  std::string text;
};
// Replace the last turn's text: forks at its parent, the old head stays in the record.
struct EditLastTurn {
  std::string text;
};
struct Change {
  chat::ConfigChange change;
};
// The next turn is this participant's, whatever the order of turns says.
struct GiveFloor {
  chat::ParticipantId speaker = 0;
};
struct Stop {
  std::string why;
};
using Action = std::variant<Inject, SpeakAs, EditLastTurn, Change, GiveFloor, Stop>;

class Moderator {
 public:
  virtual ~Moderator() = default;
  // Who acts: recorded as the author of what the actions write.
  virtual chat::Author author() const = 0;
  // Called before each turn (and after the last), until it answers with no actions. May block, e.g. while a
  // person types; must return when `stop` is requested.
  virtual base::Result<std::vector<Action>> act(const chat::Transcript& transcript, std::stop_token stop) = 0;

  // A turn was recorded, with what it showed. On resume each stored turn once more, in order.
  virtual void observe(const chat::Entry& /*turn*/, std::span<const measure::Detection> /*detections*/) {}
  // On resume, after the stored turns: what of its doing is in the chain was done, and isn't done again.
  // `had_ended`: the conversation had come to an end, and goes on because somebody wants it longer.
  virtual void restore(const chat::Transcript& /*transcript*/, bool /*had_ended*/) {}
  // At the end: what it was to do and didn't come to, in words. Empty: nothing.
  virtual std::string left_undone() const { return {}; }
};

}  // namespace duologue::engine
