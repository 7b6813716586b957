// The clock door: whatever needs the time takes a Clock, so that tests can turn the hands.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace duologue::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_ms() const = 0;                          // wall clock, UTC
  virtual std::chrono::steady_clock::time_point steady() const = 0;  // for durations

  // Returns after so long, or at once when a stop is requested. False: it was.
  virtual bool sleep(std::chrono::milliseconds time, const std::stop_token& stop) const;

  static const Clock& system();  // any thread
};

}  // namespace duologue::base
