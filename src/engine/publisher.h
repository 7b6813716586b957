// Who hears of a conversation, and when: the recorder first, observers of a commit, and of anything later,
// only once it is recorded. A turn may be recorded while the next one is asked for. One conversation, one
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "chat/transcript.h"
#include "engine/end_reason.h"
#include "engine/observer.h"
#include "engine/recorder.h"
#include "model/model.h"

namespace duologue::engine {

class Publisher {
 public:
  // Nothing is owned; all outlive it.
  Publisher(Recorder& recorder, std::vector<Observer*> observers, const chat::Transcript& transcript)
      : recorder_(recorder), observers_(std::move(observers)), transcript_(transcript) {}
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Returns when it is recorded and shown. Any of these returns the recorder's error, once it has failed.
  base::Status record(const Commit& commit);
  void begin(std::shared_ptr<const Commit> commit);  // after settle()
  base::Status settle();                             // until what was begun is recorded and shown
  const base::Status& status() const { return status_; }
  base::Status finish(const EndReason& reason);

  // The next turn is asked for: `stop` is its own, and is requested where the turn before can't be recorded.
  void ask(chat::ParticipantId speaker, std::uint32_t turn, std::stop_source& stop);
  // It is under way: settles, and shows that it has begun. Again: nothing.
  base::Status start();
  void delta(std::string_view text);
  void restart(const model::FailedAttempt& attempt);

 private:
  struct Asked {
    chat::ParticipantId speaker = 0;
    std::uint32_t turn = 0;
    std::stop_source* stop = nullptr;
  };

  Recorder& recorder_;
  const std::vector<Observer*> observers_;
  const chat::Transcript& transcript_;
  std::shared_ptr<const Commit> unsettled_;  // nothing else is recorded until it is
  base::Status status_;
  std::optional<Asked> asked_;  // until observers know of it
};

}  // namespace duologue::engine
