// How fast one key may be used: requests and tokens a minute, shared by every conversation that uses it.
//
// No minute, wherever it begins, sees more than the limits allow: what was begun in the last 60 s is kept,
// and a request that would be too much waits until enough of it is older. Requests begin in the order in
// which they came, so that no conversation can starve another. What a request will take is estimated before
// it begins, and corrected once the provider has said it; those that wait hear of that within a second.
//
// A 429 holds everybody until the provider's time is over, and teaches: requests are then limited to three
// quarters of what the last minute saw, and to a tenth more with every minute that passes without another. A
// minute of fewer than 10 requests teaches nothing: those weren't the cause.
//
// Any thread. Waiting holds no lock and ends at once on a stop request.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace duologue::model {

// 0: not limited.
struct RateLimits {
  std::uint32_t requests_per_minute = 0;
  std::uint64_t tokens_per_minute = 0;

  bool operator==(const RateLimits&) const = default;
};

class RateLimiter {
 public:
  // `clock` must outlive it.
  explicit RateLimiter(RateLimits limits, const base::Clock& clock = base::Clock::system());

  // A request that may begin, until it is settled.
  using Ticket = std::uint64_t;

  // Waits for its turn. `tokens`: what the request is expected to take, prompt and answer; one that alone is
  // more than a minute's waits for an empty minute. kCancelled: a stop was requested, and its place is given
  // back.
  // `on_waiting`: called before it does; may be empty.
  base::Result<Ticket> acquire(std::uint64_t tokens, const std::stop_token& stop,
                               const std::function<void()>& on_waiting = {}) EXCLUDES(mutex_);

  // The request took so many tokens: those that come later find the true figure.
  void settle(Ticket ticket, std::uint64_t tokens) EXCLUDES(mutex_);

  // The provider said 429; `wait`: for how long.
  void note_limited(std::chrono::milliseconds wait) EXCLUDES(mutex_);

  // What holds now: what was set, or less where 429s have taught so.
  RateLimits limits() const EXCLUDES(mutex_);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Request {
    Ticket ticket = 0;
    TimePoint at;  // when it began, or is planned to begin
    std::uint64_t tokens = 0;
    bool begun = false;
  };

  void forget_old(TimePoint now) REQUIRES(mutex_);
  double requests_limit(TimePoint now) const REQUIRES(mutex_);  // 0: none
  // When the request at `index` may begin, after those before it.
  TimePoint planned(std::size_t index, TimePoint now) const REQUIRES(mutex_);
  void plan_waiting(TimePoint now) REQUIRES(mutex_);
  std::size_t index_of(Ticket ticket) const REQUIRES(mutex_);  // its size: not there any more

  const RateLimits limits_;
  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::deque<Request> requests_ GUARDED_BY(mutex_);  // in order: those of the last minute, those that wait
  Ticket next_ GUARDED_BY(mutex_) = 1;
  TimePoint held_until_ GUARDED_BY(mutex_);
  double learned_ GUARDED_BY(mutex_) = 0;  // requests a minute, as of learned_at_; 0: nothing yet
  TimePoint learned_at_ GUARDED_BY(mutex_);
};

}  // namespace duologue::model
