// The clock door: whatever needs the time takes a Clock, so that tests can turn the hands.
#pragma once

#include <chrono>
#include <cstdint>

namespace duologue::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t unix_ms() const = 0;                          // wall clock, UTC
  virtual std::chrono::steady_clock::time_point steady() const = 0;  // for durations

  static const Clock& system();  // any thread
};

}  // namespace duologue::base
