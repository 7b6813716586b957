// A model that tries again: whatever may be well in a moment (kUnavailable, kRateLimited, kTimeout) costs a
// wait and no turn. Everything else, a wrong key or an exhausted quota among it, is an error at once.
//
// Before attempt n + 1 it waits as long as the provider asked to and a moment more, or else a time drawn
// evenly from 0 to min(longest_wait, 2^(n-1) first_wait): full jitter, so that conversations which failed
// together don't come back together. It is drawn from the turn's own key (RngStream::kRetry, counter n).
// A wait that would pass the turn's deadline isn't begun. A stop request ends any wait at once.
//
// Any thread, as the model within.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"
#include "model/model.h"
#include "model/rate_limiter.h"

namespace duologue::model {

struct RetryPolicy {
  std::uint32_t attempts = 6;  // at a turn, the first among them; at least 1
  std::chrono::milliseconds first_wait{1'000};
  std::chrono::milliseconds longest_wait{60'000};
  // Of a turn, from its first attempt on: no attempt begins after it, but for waits that the limiter asks
  // for. How long an attempt may take is for the model within.
  std::chrono::milliseconds deadline{600'000};

  bool operator==(const RetryPolicy&) const = default;
};

// Whether trying again may help.
bool may_pass(base::ErrorKind kind);
// What is waited before attempt `number` + 1, after the error of attempt `number` (from 1).
std::chrono::milliseconds wait_before_retry(const RetryPolicy& policy, base::RngKey key, std::uint32_t number,
                                            const base::Error& error);

// `limiter`: of the key that the model uses, asked before every attempt; null: none. `clock` must outlive it.
std::shared_ptr<Model> make_retrying(std::shared_ptr<Model> model, RetryPolicy policy,
                                     std::shared_ptr<RateLimiter> limiter,
                                     const base::Clock& clock = base::Clock::system());

}  // namespace duologue::model
