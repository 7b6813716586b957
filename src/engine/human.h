// The human as a moderator: an inbox that a terminal (or, later, a page) fills while the conversation waits
// at the next boundary between turns. pause(), go_on() and post() may be called from any thread; act() from
// the conversation's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "engine/moderator.h"

namespace duologue::engine {

class HumanModerator final : public Moderator {
 public:
  // `on_waiting` is called on the conversation's thread each time it begins to wait for the person: the
  // moment to show a menu. It must not block.
  explicit HumanModerator(std::string name, std::function<void()> on_waiting = {});

  void pause() EXCLUDES(mutex_);  // from the next boundary on, act() waits
  void go_on() EXCLUDES(mutex_);  // ends the pause once the posted actions are taken
  bool paused() const EXCLUDES(mutex_);
  void post(Action action) EXCLUDES(mutex_);

  chat::Author author() const override;
  base::Result<std::vector<Action>> act(const chat::Transcript& transcript, std::stop_token stop) override;

 private:
  const std::string name_;
  const std::function<void()> on_waiting_;
  mutable base::Mutex mutex_;
  base::CondVar wake_;
  bool paused_ GUARDED_BY(mutex_) = false;
  std::vector<Action> inbox_ GUARDED_BY(mutex_);
};

}  // namespace duologue::engine
