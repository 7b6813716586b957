#include "base/clock.h"

#include <condition_variable>
#include <mutex>

namespace duologue::base {

namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t unix_ms() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

bool Clock::sleep(std::chrono::milliseconds time, const std::stop_token& stop) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

const Clock& Clock::system() {
  static const SystemClock clock;
  return clock;
}

}  // namespace duologue::base
