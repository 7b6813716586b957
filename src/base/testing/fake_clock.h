// A clock whose hours pass at once. Threads that join it sleep only for each other: once all of them sleep,
// the hands jump to the earliest waking time. Without anybody joined, a sleep moves the hands and returns.
// Any thread; nobody may hold a lock that another needs while it sleeps.
#pragma once

#include <map>

#include "base/clock.h"
#include "base/mutex.h"

namespace duologue::base {

class FakeClock final : public Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // A thread counts as one that may be awake for as long as it holds this.
  class Joined {
   public:
    explicit Joined(const FakeClock& clock) : clock_(clock) { clock_.join(); }
    ~Joined() { clock_.leave(); }
    Joined(const Joined&) = delete;
    Joined& operator=(const Joined&) = delete;

   private:
    const FakeClock& clock_;
  };

  std::int64_t unix_ms() const override {
    constexpr std::int64_t kBeginMs = 1'700'000'000'000;
    return kBeginMs + std::chrono::duration_cast<std::chrono::milliseconds>(passed()).count();
  }
  TimePoint steady() const override EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return now_;
  }
  std::chrono::steady_clock::duration passed() const { return steady() - TimePoint{}; }

  bool sleep(std::chrono::milliseconds time, const std::stop_token& stop) const override EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (stop.stop_requested()) return false;
    if (time.count() <= 0) return true;
    const TimePoint until = now_ + time;
    if (joined_ == 0) {
      now_ = until;
      return true;
    }
    CondVar wake;
    const auto own = asleep_.emplace(until, &wake);
    jump_if_all_sleep();
    while (now_ < until) {
      if (wake.wait(mutex_, stop) || now_ >= until) continue;
      asleep_.erase(own);
      return false;
    }
    return true;
  }

 private:
  void join() const EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    ++joined_;
  }
  void leave() const EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    --joined_;
    jump_if_all_sleep();
  }
  // Those whose time has come count as awake from here on, before they get to run.
  void jump_if_all_sleep() const REQUIRES(mutex_) {
    if (asleep_.empty() || asleep_.size() < joined_) return;
    now_ = asleep_.begin()->first;
    while (!asleep_.empty() && asleep_.begin()->first <= now_) {
      asleep_.begin()->second->notify_all();
      asleep_.erase(asleep_.begin());
    }
  }

  mutable Mutex mutex_;
  mutable TimePoint now_ GUARDED_BY(mutex_);
  mutable std::multimap<TimePoint, CondVar*> asleep_ GUARDED_BY(mutex_);
  mutable std::size_t joined_ GUARDED_BY(mutex_) = 0;
};

}  // namespace duologue::base
