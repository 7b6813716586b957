#include "model/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace duologue::model {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kWindow{1};
constexpr milliseconds kLongestSleep{1'000};  // plans change while one sleeps
constexpr double kTaught = 0.75;
constexpr double kRegained = 1.1;  // with every minute
constexpr std::ptrdiff_t kFewestToTeach = 10;
constexpr double kMostMinutes = 100;  // of regaining: beyond that nothing of the lesson is left

}  // namespace

RateLimiter::RateLimiter(RateLimits limits, const base::Clock& clock) : limits_(limits), clock_(clock) {}

void RateLimiter::forget_old(TimePoint now) {
  while (!requests_.empty() && requests_.front().begun && requests_.front().at + kWindow <= now)
    requests_.pop_front();
}

double RateLimiter::requests_limit(TimePoint now) const {
  const double set = limits_.requests_per_minute;
  if (learned_ == 0) return set;
  const double minutes = std::chrono::duration<double, std::ratio<60>>(now - learned_at_).count();
  const double grown = std::floor(learned_ * std::pow(kRegained, std::clamp(minutes, 0.0, kMostMinutes)));
  return set > 0 ? std::min(set, grown) : grown;
}

RateLimiter::TimePoint RateLimiter::planned(std::size_t index, TimePoint now) const {
  TimePoint at = std::max(now, held_until_);
  if (index == 0) return at;
  at = std::max(at, requests_[index - 1].at);
  if (const auto most = static_cast<std::size_t>(requests_limit(now)); most > 0 && index >= most) {
    at = std::max(at, requests_[index - most].at + kWindow);
  }
  if (limits_.tokens_per_minute == 0) return at;
  std::uint64_t sum = std::min(requests_[index].tokens, limits_.tokens_per_minute);
  for (std::size_t i = index; i-- > 0;) {
    sum += std::min(requests_[i].tokens, limits_.tokens_per_minute);
    if (sum > limits_.tokens_per_minute) return std::max(at, requests_[i].at + kWindow);
  }
  return at;
}

void RateLimiter::plan_waiting(TimePoint now) {
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (!requests_[i].begun) requests_[i].at = planned(i, now);
  }
}

std::size_t RateLimiter::index_of(Ticket ticket) const {
  const auto found = std::ranges::find(requests_, ticket, &Request::ticket);
  return static_cast<std::size_t>(found - requests_.begin());
}

base::Result<RateLimiter::Ticket> RateLimiter::acquire(std::uint64_t tokens, const std::stop_token& stop,
                                                       const std::function<void()>& on_waiting) {
  Ticket own = 0;
  for (;;) {
    milliseconds wait{0};
    {
      const base::MutexLock lock(mutex_);
      const TimePoint now = clock_.steady();
      if (own == 0) {
        forget_old(now);
        own = next_++;
        requests_.push_back({own, now, tokens, false});
        requests_.back().at = planned(requests_.size() - 1, now);
      }
      const std::size_t index = index_of(own);
      if (stop.stop_requested()) {
        requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(index));
        plan_waiting(now);
        return base::fail(base::ErrorKind::kCancelled, "cancelled");
      }
      Request& request = requests_[index];
      if (request.at <= now) {
        request.at = now;
        request.begun = true;
        return own;
      }
      // Rounded up: a sleep that ends a moment early would only be followed by another.
      wait = std::min(std::chrono::ceil<milliseconds>(request.at - now), kLongestSleep);
    }
    if (on_waiting) on_waiting();
    clock_.sleep(wait, stop);
  }
}

void RateLimiter::settle(Ticket ticket, std::uint64_t tokens) {
  const base::MutexLock lock(mutex_);
  const std::size_t index = index_of(ticket);
  if (index == requests_.size()) return;  // more than a minute ago
  requests_[index].tokens = tokens;
  if (limits_.tokens_per_minute > 0) plan_waiting(clock_.steady());
}

void RateLimiter::note_limited(milliseconds wait) {
  const base::MutexLock lock(mutex_);
  const TimePoint now = clock_.steady();
  forget_old(now);
  const std::ptrdiff_t begun = std::ranges::count_if(requests_, &Request::begun);
  // Within a hold it belongs to a lesson that was learned already; and who asks this rarely isn't the cause.
  if (now >= held_until_ && begun >= kFewestToTeach) {
    learned_ = static_cast<double>(begun) * kTaught;
    learned_at_ = now;
  }
  held_until_ = std::max(held_until_, now + wait);
  plan_waiting(now);
}

RateLimits RateLimiter::limits() const {
  const base::MutexLock lock(mutex_);
  RateLimits now = limits_;
  now.requests_per_minute = static_cast<std::uint32_t>(requests_limit(clock_.steady()));
  return now;
}

}  // namespace duologue::model
