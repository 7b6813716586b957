// The Observer door: whoever watches a conversation (terminal, progress bar). Best effort: it can't fail and
// can't change anything. Called on the conversation's thread; must not block for long.
#pragma once

#include <string_view>

#include "chat/transcript.h"
#include "engine/recorder.h"
#include "model/model.h"

namespace duologue::engine {

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void turn_started(chat::ParticipantId /*speaker*/, std::uint32_t /*turn*/) {}
  virtual void delta(std::string_view /*text*/) {}  // whole UTF-8 sequences; not yet recorded
  // An attempt at the turn under way failed, and after a wait it is begun again: what delta() gave of it is
  // void.
  virtual void turn_restarts(const model::FailedAttempt& /*attempt*/) {}
  // After the commit is durable. `commit` holds the new entries with their call, measurements and detections.
  virtual void committed(const Commit& /*commit*/, const chat::Transcript& /*transcript*/) {}
  virtual void ended(const EndReason& /*reason*/, const chat::Transcript& /*transcript*/) {}
};

}  // namespace duologue::engine
