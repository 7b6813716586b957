#include "cli/terminal/signals.h"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace duologue::cli {
namespace {

bool stops_soon(const Signals& signals) {
  for (int i = 0; i < 200 && !signals.token().stop_requested(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return signals.token().stop_requested();
}

TEST(Signals, EachAsksForAStopAndIsKnown) {
  const std::pair<int, StopSignal> cases[] = {
      {SIGINT, StopSignal::kInterrupt}, {SIGTERM, StopSignal::kTerminate}, {SIGHUP, StopSignal::kHangup}};
  for (const auto& [number, expected] : cases) {
    Signals signals;
    EXPECT_FALSE(signals.token().stop_requested());
    raise(number);
    EXPECT_TRUE(stops_soon(signals));
    EXPECT_EQ(signals.received(), expected);
  }
}

TEST(Signals, ARequestIsNoSignal) {
  Signals signals;
  signals.request_stop();
  EXPECT_TRUE(signals.token().stop_requested());
  EXPECT_EQ(signals.received(), StopSignal::kNone);
}

TEST(SignalsDeathTest, TheSecondCtrlCEndsAtOnceWithItsLastWords) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Signals signals;
        signals.set_last_words("first words\n");
        signals.set_last_words("go on with this\n");
        raise(SIGINT);
        raise(SIGINT);
      },
      testing::ExitedWithCode(130), "^go on with this\n$");
}

TEST(Signals, WhatWasIgnoredStaysIgnored) {
  ::signal(SIGHUP, SIG_IGN);
  {
    Signals signals;
    raise(SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(signals.token().stop_requested());
  }
  struct sigaction now{};
  sigaction(SIGHUP, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN);
  ::signal(SIGHUP, SIG_DFL);
}

TEST(Signals, TellsOfANewSizeAndOfGoingOn) {
  Signals signals;
  std::atomic<int> resized{0};
  std::atomic<int> continued{0};
  signals.watch_terminal({[&] { ++resized; }, [] {}, [&] { ++continued; }});
  raise(SIGWINCH);
  raise(SIGCONT);
  for (int i = 0; i < 200 && (resized == 0 || continued == 0); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  signals.unwatch_terminal();
  EXPECT_EQ(resized, 1);
  EXPECT_EQ(continued, 1);
  raise(SIGWINCH);  // nobody listens
}

}  // namespace
}  // namespace duologue::cli
