// One conversation: whose turn it is, what they see, what they say, and its record, until something ends it.
//
// A turn: moderators act -> choose the speaker -> view -> generate -> append -> measure -> record -> stop
// conditions -> observe. Straight-line and blocking: run() is called on a thread of its own. Nothing is shown
// as done before it is recorded. Where nobody is to be asked what to do next, a turn's recording goes on
// while the next speaker is asked; observers hear of the turn, and of anything later, once it is recorded. A
// turn that a person or a moderator speaks as somebody takes the next number; who follows is the order's
// business (engine/turn_order.h), unless a moderator gives the floor.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "chat/transcript.h"
#include "chat/view.h"
#include "engine/moderator.h"
#include "engine/observer.h"
#include "engine/participant.h"
#include "engine/recorder.h"
#include "engine/side.h"
#include "engine/stop_condition.h"
#include "engine/turn_order.h"
#include "measure/instrument.h"

namespace duologue::engine {

struct ConversationSpec {
  std::vector<Participant> participants;  // in speaking order, at least one
  std::string opening;                    // injection 0; not empty
  bool opening_to_all = false;            // otherwise to the first speaker only
  TurnOrder order;
  ModelFor model_for;  // for hand-overs
  std::uint64_t seed = 0;
  std::uint32_t trial = 0;
  bool listener_stats = true;  // score others' turns under the listener's model where it can
};

// Not owned, and outliving the conversation.
struct ConversationDoors {
  Recorder* recorder = nullptr;  // required
  std::vector<Observer*> observers;
  std::vector<Moderator*> moderators;
  const base::Clock* clock = &base::Clock::system();
};

// A stored conversation to go on with.
struct Restored {
  chat::Transcript transcript;
  std::uint64_t tokens_used = 0;  // of its calls
  bool had_ended =
      false;            // it came to an end before: the conditions that held then don't end it again at once
  double cost_usd = 0;  // of its calls, as far as it is known
};

class Conversation {
 public:
  Conversation(ConversationSpec spec, ConversationDoors doors,
               std::vector<std::unique_ptr<StopCondition>> stop_conditions);
  ~Conversation();

  // Resume: views, measures and stop conditions are restored from the stored chain. Before run().
  void restore(Restored restored);

  // Until an end. A stop request ends it with kUser between turns or within a decode step; the turn being
  // generated is not recorded and will be generated again. A failure ends it with kPaused (a
  // model's) or kFailed and is returned as the error after the reason is recorded; so is the recorder's,
  // where nothing more can be recorded.
  base::Result<EndReason> run(std::stop_token stop);

  const chat::Transcript& transcript() const;
  const measure::Instrument& instrument() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace duologue::engine
