#include "engine/human.h"

#include <utility>

namespace duologue::engine {

HumanModerator::HumanModerator(std::string name, std::function<void()> on_waiting)
    : name_(std::move(name)), on_waiting_(std::move(on_waiting)) {}

void HumanModerator::pause() {
  const base::MutexLock lock(mutex_);
  paused_ = true;
}

void HumanModerator::go_on() {
  const base::MutexLock lock(mutex_);
  paused_ = false;
  wake_.notify_all();
}

bool HumanModerator::paused() const {
  const base::MutexLock lock(mutex_);
  return paused_;
}

void HumanModerator::post(Action action) {
  const base::MutexLock lock(mutex_);
  inbox_.push_back(std::move(action));
  wake_.notify_all();
}

chat::Author HumanModerator::author() const { return {chat::AuthorKind::kHuman, name_}; }

base::Result<std::vector<Action>> HumanModerator::act(const chat::Transcript&, std::stop_token stop) {
  bool must_wait = false;
  {
    const base::MutexLock lock(mutex_);
    must_wait = paused_ && inbox_.empty();
  }
  // Outside the lock: the callback may post at once.
  if (must_wait && on_waiting_) on_waiting_();
  const base::MutexLock lock(mutex_);
  while (paused_ && inbox_.empty()) {
    if (!wake_.wait(mutex_, stop)) break;
  }
  return std::exchange(inbox_, {});
}

}  // namespace duologue::engine
