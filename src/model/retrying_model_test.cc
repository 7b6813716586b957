#include "model/retrying_model.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace duologue::model {
namespace {

using namespace std::chrono_literals;
using base::Error;
using base::ErrorKind;
using base::FakeClock;
using std::chrono::milliseconds;

// Fails with the errors it was given, one an attempt; then it talks.
class Failing final : public Model {
 public:
  explicit Failing(std::vector<Error> errors) : errors_(std::move(errors)) { info_.name = "failing"; }
  const ModelInfo& info() const override { return info_; }
  base::Result<ModelOutput> generate(const chat::View&, const GenerateConfig&, std::stop_token,
                                     const OnDelta& on_delta) override {
    const std::size_t attempt = attempts++;
    if (on_delta) on_delta("half");
    if (attempt < errors_.size()) return std::unexpected(errors_[attempt]);
    ModelOutput output;
    output.turn.text = "half and whole";
    return output;
  }

  std::size_t attempts = 0;

 private:
  std::vector<Error> errors_;
  ModelInfo info_;
};

struct Tried {
  base::Result<ModelOutput> output;
  std::vector<FailedAttempt> failed;
  std::size_t attempts = 0;
  milliseconds passed{0};
};

Tried tried(std::vector<Error> errors, const RetryPolicy& policy = {}, std::uint64_t seed = 1) {
  const FakeClock clock;
  const auto inner = std::make_shared<Failing>(std::move(errors));
  const auto model = make_retrying(inner, policy, nullptr, clock);
  GenerateConfig config;
  config.key.seed = seed;
  config.key.turn = 1;
  std::vector<FailedAttempt> failed;
  config.on_failed_attempt = [&failed](const FailedAttempt& attempt) { failed.push_back(attempt); };
  auto output = model->generate({}, config, {}, {});
  return {std::move(output), std::move(failed), inner->attempts,
          std::chrono::duration_cast<milliseconds>(clock.passed())};
}

Error error(ErrorKind kind, std::optional<milliseconds> retry_after = std::nullopt) {
  return {kind, "the provider said no", retry_after};
}

TEST(RetryingModel, WhatMayPassIsTriedAgain) {
  const Tried all =
      tried({error(ErrorKind::kUnavailable), error(ErrorKind::kRateLimited), error(ErrorKind::kTimeout)});
  ASSERT_TRUE(all.output) << all.output.error().message;
  EXPECT_EQ(all.output->turn.text, "half and whole");
  ASSERT_EQ(all.failed.size(), 3U);
  EXPECT_EQ(all.failed[1].number, 2U);
  EXPECT_EQ(all.failed[1].error.kind, ErrorKind::kRateLimited);
  EXPECT_EQ(all.passed, all.failed[0].wait + all.failed[1].wait + all.failed[2].wait);
}

TEST(RetryingModel, WhatWontPassIsNot) {
  for (const ErrorKind kind : {ErrorKind::kModel, ErrorKind::kContextOverflow, ErrorKind::kCancelled,
                               ErrorKind::kBadInput, ErrorKind::kUsage, ErrorKind::kInternal}) {
    const Tried once = tried({error(kind), error(kind)});
    ASSERT_FALSE(once.output);
    EXPECT_EQ(once.output.error().message, "the provider said no");
    EXPECT_EQ(once.attempts, 1U);
    EXPECT_TRUE(once.failed.empty());
    EXPECT_EQ(once.passed, 0ms);
  }
}

TEST(RetryingModel, GivesUpAfterItsAttemptsAndSaysHowMany) {
  RetryPolicy policy;
  policy.attempts = 3;
  const Tried gone = tried(std::vector(9, error(ErrorKind::kUnavailable)), policy);
  ASSERT_FALSE(gone.output);
  EXPECT_EQ(gone.output.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(gone.attempts, 3U);
  EXPECT_EQ(gone.failed.size(), 2U) << "the last one is the error itself";
  EXPECT_NE(gone.output.error().message.find("after 3 attempts"), std::string::npos);
}

TEST(RetryingModel, WaitsGrowWithJitterUpToTheLongest) {
  RetryPolicy policy;
  policy.attempts = 10;
  policy.longest_wait = 8s;
  policy.deadline = 1h;
  const std::vector errors(9, error(ErrorKind::kUnavailable));
  std::vector<milliseconds> sums(9);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Tried one = tried(errors, policy, seed);
    ASSERT_EQ(one.failed.size(), 9U);
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_LE(one.failed[i].wait, std::min<milliseconds>(1s * (1 << i), 8s));
      sums[i] += one.failed[i].wait;
    }
  }
  for (std::size_t i = 0; i < 9; ++i) {
    const double mean_ms = static_cast<double>(sums[i].count()) / 400;
    const double half_ms = std::min(1'000.0 * (1 << i), 8'000.0) / 2;
    EXPECT_NEAR(mean_ms / half_ms, 1.0, 0.12) << "attempt " << i + 1;
  }
  EXPECT_EQ(tried(errors, policy, 7).passed, tried(errors, policy, 7).passed) << "drawn from the turn's key";
}

TEST(RetryingModel, WaitsAsLongAsTheProviderAsks) {
  const Tried waited = tried({error(ErrorKind::kRateLimited, 20s), error(ErrorKind::kUnavailable, 0ms)});
  ASSERT_TRUE(waited.output);
  EXPECT_GE(waited.passed, 20s);
  EXPECT_LE(waited.passed, 22s);
}

TEST(RetryingModel, AWaitPastTheDeadlineIsNotBegun) {
  for (const milliseconds asked : {milliseconds(1h), milliseconds::max(), milliseconds(600'001)}) {
    const Tried gone = tried({error(ErrorKind::kRateLimited, asked)});
    ASSERT_FALSE(gone.output);
    EXPECT_EQ(gone.attempts, 1U);
    EXPECT_EQ(gone.passed, 0ms);
    EXPECT_NE(gone.output.error().message.find("it asks to wait"), std::string::npos);
  }
}

TEST(RetryingModel, AStopEndsTheWaitAtOnce) {
  const auto inner = std::make_shared<Failing>(std::vector(9, error(ErrorKind::kUnavailable, 60s)));
  const auto model = make_retrying(inner, {}, nullptr);  // real time
  std::stop_source stop;
  GenerateConfig config;
  std::chrono::steady_clock::time_point stopped;
  std::jthread stopper;
  config.on_failed_attempt = [&](const FailedAttempt&) {
    stopper = std::jthread([&] {
      std::this_thread::sleep_for(30ms);
      stopped = std::chrono::steady_clock::now();
      stop.request_stop();
    });
  };
  const auto output = model->generate({}, config, stop.get_token(), {});
  stopper.join();
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - stopped, 1s);
  EXPECT_EQ(inner->attempts, 1U);
}

TEST(RetryingModel, A429HoldsTheOthersOfTheKeyToo) {
  const FakeClock clock;
  const auto limiter = std::make_shared<RateLimiter>(RateLimits{}, clock);
  const auto limited = make_retrying(
      std::make_shared<Failing>(std::vector{error(ErrorKind::kRateLimited, 30s)}), {}, limiter, clock);
  const auto other = make_retrying(std::make_shared<Failing>(std::vector<Error>{}), {}, limiter, clock);
  GenerateConfig config;
  milliseconds other_began{0};
  config.on_failed_attempt = [&](const FailedAttempt&) {
    ASSERT_TRUE(other->generate({}, {}, {}, {}));
    other_began = std::chrono::duration_cast<milliseconds>(clock.passed());
  };
  ASSERT_TRUE(limited->generate({}, config, {}, {}));
  EXPECT_EQ(other_began, 30s);
}

}  // namespace
}  // namespace duologue::model
