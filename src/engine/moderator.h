// The Moderator door: everything that acts between turns. It sees the transcript and answers with actions;
// the conversation carries them out and records each with its cause.
#pragma once

#include <cstdint>
#include <optional>
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
struct Stop {
  std::string why;
};
using Action = std::variant<Inject, SpeakAs, EditLastTurn, Change, Stop>;

class Moderator {
 public:
  virtual ~Moderator() = default;
  // Who acts: recorded as the author of what the actions write.
  virtual chat::Author author() const = 0;
  // Called before each turn (and after the last), until it answers with no actions. May block, e.g. while a
  // person types; must return when `stop` is requested.
  virtual base::Result<std::vector<Action>> act(const chat::Transcript& transcript, std::stop_token stop) = 0;
};

}  // namespace duologue::engine
