// A mutex that clang's -Wthread-safety understands. All state shared between threads sits behind one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#if defined(__clang__)
#define DUOLOGUE_TSA(x) __attribute__((x))
#else
#define DUOLOGUE_TSA(x)
#endif

#define GUARDED_BY(mutex) DUOLOGUE_TSA(guarded_by(mutex))
#define REQUIRES(...) DUOLOGUE_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) DUOLOGUE_TSA(locks_excluded(__VA_ARGS__))

namespace duologue::base {

class DUOLOGUE_TSA(capability("mutex")) Mutex {
 public:
  void lock() DUOLOGUE_TSA(acquire_capability()) { mutex_.lock(); }
  void unlock() DUOLOGUE_TSA(release_capability()) { mutex_.unlock(); }
  bool try_lock() DUOLOGUE_TSA(try_acquire_capability(true)) { return mutex_.try_lock(); }

 private:
  std::mutex mutex_;
};

class DUOLOGUE_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) DUOLOGUE_TSA(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() DUOLOGUE_TSA(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits on a Mutex that the caller holds. Loop on the condition yourself: `while (!ready_) cv_.wait(mutex_);`
class CondVar {
 public:
  void wait(Mutex& mutex) REQUIRES(mutex) { cv_.wait(mutex); }
  // Wakes on a stop request too. False: stop was requested.
  bool wait(Mutex& mutex, std::stop_token stop) REQUIRES(mutex) {
    std::stop_callback wake(stop, [this] { cv_.notify_all(); });
    if (stop.stop_requested()) return false;
    // A bounded wait: a stop request between the check above and the wait would otherwise be missed.
    cv_.wait_for(mutex, std::chrono::milliseconds(100));
    return !stop.stop_requested();
  }
  template <typename Rep, typename Period>
  void wait_for(Mutex& mutex, std::chrono::duration<Rep, Period> time) REQUIRES(mutex) {
    cv_.wait_for(mutex, time);
  }
  void notify_one() { cv_.notify_one(); }
  void notify_all() { cv_.notify_all(); }

 private:
  std::condition_variable_any cv_;
};

}  // namespace duologue::base
