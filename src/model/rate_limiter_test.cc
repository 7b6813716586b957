#include "model/rate_limiter.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace duologue::model {
namespace {

using namespace std::chrono_literals;
using base::FakeClock;

double seconds(const FakeClock& clock) { return std::chrono::duration<double>(clock.passed()).count(); }

// The most that any minute saw of the begun requests; `times` in seconds, sorted.
std::size_t most_in_a_minute(const std::vector<double>& times) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto end = std::ranges::lower_bound(times, times[i] + 60);
    most = std::max(most, static_cast<std::size_t>(end - times.begin()) - i);
  }
  return most;
}

TEST(RateLimiter, WithoutLimitsNobodyWaits) {
  const FakeClock clock;
  RateLimiter limiter({}, clock);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limiter.acquire(1'000'000, {}));
  EXPECT_EQ(clock.passed(), 0s);
}

TEST(RateLimiter, NoMinuteSeesMoreRequestsThanAllowed) {
  const FakeClock clock;
  RateLimiter limiter({10, 0}, clock);
  std::vector<double> times;
  for (int i = 0; i < 95; ++i) {
    ASSERT_TRUE(limiter.acquire(1, {}));
    times.push_back(seconds(clock));
    if (i % 7 == 0) clock.sleep(3s, {});
  }
  EXPECT_EQ(most_in_a_minute(times), 10U);
  EXPECT_LT(times.back(), 9 * 60 + 30) << "and no more is held back than has to be";
}

TEST(RateLimiter, SaysThatItWaitsBeforeItDoes) {
  const FakeClock clock;
  RateLimiter limiter({1, 0}, clock);
  std::vector<double> said;
  const auto say = [&] { said.push_back(seconds(clock)); };
  ASSERT_TRUE(limiter.acquire(1, {}, say));
  EXPECT_TRUE(said.empty());
  ASSERT_TRUE(limiter.acquire(1, {}, say));
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.front(), 0);
}

TEST(RateLimiter, TokensCountAsTheyWereSettled) {
  const FakeClock clock;
  RateLimiter limiter({0, 1'000}, clock);
  const auto first = limiter.acquire(900, {});
  limiter.settle(*first, 100);
  ASSERT_TRUE(limiter.acquire(900, {}));
  EXPECT_EQ(clock.passed(), 0s) << "100 + 900 are allowed";
  ASSERT_TRUE(limiter.acquire(1, {}));
  EXPECT_EQ(seconds(clock), 60);
}

TEST(RateLimiter, ARequestOfMoreThanAMinutesTokensWaitsForAnEmptyOne) {
  const FakeClock clock;
  RateLimiter limiter({0, 1'000}, clock);
  ASSERT_TRUE(limiter.acquire(10, {}));
  clock.sleep(10s, {});
  ASSERT_TRUE(limiter.acquire(50'000, {}));
  EXPECT_EQ(seconds(clock), 60);
  ASSERT_TRUE(limiter.acquire(10, {}));
  EXPECT_EQ(seconds(clock), 120);
}

TEST(RateLimiter, A429HoldsEverybodyAndTeaches) {
  const FakeClock clock;
  RateLimiter limiter({100, 0}, clock);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(limiter.acquire(1, {}));
  limiter.note_limited(30s);
  limiter.note_limited(20s);  // of the same burst: no second lesson, and no shorter hold
  EXPECT_EQ(limiter.limits().requests_per_minute, 15U);
  ASSERT_TRUE(limiter.acquire(1, {}));
  EXPECT_EQ(seconds(clock), 60)
      << "20 in the last minute are more than 15: the hold alone would be over at 30";
  clock.sleep(10min, {});
  EXPECT_GT(limiter.limits().requests_per_minute, 30U) << "what was learned wears off";
  clock.sleep(60min, {});
  EXPECT_EQ(limiter.limits().requests_per_minute, 100U) << "but what was set stays";
}

TEST(RateLimiter, WhoAsksRarelyIsNotTheCause) {
  const FakeClock clock;
  RateLimiter limiter({}, clock);
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(limiter.acquire(1, {}));
  limiter.note_limited(2s);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(limiter.acquire(1, {}));
  EXPECT_EQ(seconds(clock), 2);
}

TEST(RateLimiter, EverybodyGetsTheirShare) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  const FakeClock clock;
  RateLimiter limiter({20, 0}, clock);
  base::Mutex mutex;
  std::vector<int> order;  // who began
  std::vector<double> times;
  {
    std::vector<std::unique_ptr<FakeClock::Joined>> joined;
    std::vector<std::jthread> threads;  // goes first: they use what was joined
    for (int i = 0; i < kThreads; ++i) joined.push_back(std::make_unique<FakeClock::Joined>(clock));
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int k = 0; k < kEach; ++k) {
          ASSERT_TRUE(limiter.acquire(1, {}));
          const base::MutexLock lock(mutex);
          order.push_back(i);
          times.push_back(seconds(clock));
        }
        joined[static_cast<std::size_t>(i)].reset();
      });
    }
  }
  ASSERT_EQ(order.size(), static_cast<std::size_t>(kThreads * kEach));
  std::ranges::sort(times);
  EXPECT_EQ(most_in_a_minute(times), 20U);
  // Time goes on only while all wait. So in each minute those that wait begin first, one of everybody; the
  // rest goes to whoever is back soonest.
  std::vector<int> counts(kThreads);
  for (std::size_t i = 20; i < 100; ++i) ++counts[static_cast<std::size_t>(order[i])];
  EXPECT_GE(std::ranges::min(counts), 4);
}

TEST(RateLimiter, AStopRequestGivesThePlaceBack) {
  const FakeClock clock;
  RateLimiter limiter({1, 0}, clock);
  ASSERT_TRUE(limiter.acquire(1, {}));
  std::stop_source stop;
  const FakeClock::Joined main(clock);  // so that time stands while the other waits
  std::jthread waiter([&] {
    const FakeClock::Joined own(clock);
    const auto acquired = limiter.acquire(1, stop.get_token());
    ASSERT_FALSE(acquired);
    EXPECT_EQ(acquired.error().kind, base::ErrorKind::kCancelled);
  });
  std::this_thread::sleep_for(20ms);
  stop.request_stop();
  waiter.join();
  EXPECT_LT(seconds(clock), 60);
  ASSERT_TRUE(limiter.acquire(1, {}));
  EXPECT_EQ(seconds(clock), 60) << "not 120: the place of the one that left is free";
}

}  // namespace
}  // namespace duologue::model
