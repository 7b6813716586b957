// An hour of a bad provider, passed by a fake clock: many conversations at once over one key, each attempt of
// which may fail in any of a provider's ways. Not a turn may be lost, said twice or made of an error's words,
// and nothing may hang. Faults are drawn from each conversation's own numbers: the same on every run, but for
// the order in which threads come to the key's rate limit.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"
#include "engine/conversation.h"
#include "model/retrying_model.h"

namespace duologue::engine {
namespace {

using namespace std::chrono_literals;
using base::Error;
using base::ErrorKind;
using base::FakeClock;
using std::chrono::milliseconds;

constexpr std::uint32_t kConversations = 24;
constexpr std::uint32_t kTurns = 60;
constexpr const char* kErrorMark = "provider-error-text";

std::string reply(const base::RngKey& key) {
  std::string text = "conversation " + std::to_string(key.trial) + " says";
  for (std::uint32_t i = 0; i < 12; ++i) text += " w" + std::to_string(base::random_bits(key, i) % 97);
  return text;
}

enum class Fault { kNone, kOverloaded, kAsksToWait, kLimited, kStalls, kBreaks, kBrokenJson, kQuota, kAway };

Fault fault_from(double drawn) {
  static constexpr std::pair<double, Fault> kParts[] = {
      {0.08, Fault::kOverloaded}, {0.12, Fault::kAsksToWait}, {0.17, Fault::kLimited}, {0.21, Fault::kStalls},
      {0.29, Fault::kBreaks},     {0.32, Fault::kBrokenJson}, {0.335, Fault::kQuota},  {0.345, Fault::kAway}};
  for (const auto& [below, fault] : kParts) {
    if (drawn < below) return fault;
  }
  return Fault::kNone;
}

// Says reply() when it says anything. One for all conversations, any thread.
class BadProvider final : public model::Model {
 public:
  explicit BadProvider(const base::Clock& clock) : clock_(clock) {
    info_.name = info_.resolved = info_.identity = "bad provider";
  }
  const model::ModelInfo& info() const override { return info_; }

  base::Result<model::ModelOutput> generate(const chat::View&, const model::GenerateConfig& config,
                                            std::stop_token stop, const model::OnDelta& on_delta) override {
    base::RngKey key = config.key;
    key.stream = base::RngStream::kBootstrap;
    const std::uint32_t number = count_attempt(key);
    const auto latency = milliseconds(2'000 + base::random_bits(key, 1'000 + number) % 8'000);
    if (!clock_.sleep(latency, stop)) return base::fail(ErrorKind::kCancelled, "cancelled");
    const std::string text = reply(config.key);
    if (auto failed = fail_as(fault_from(base::random_uniform(key, number)), text, stop, on_delta)) {
      ++faults;
      return std::unexpected(std::move(*failed));
    }
    on_delta(text.substr(0, 10));
    on_delta(text.substr(10));
    model::ModelOutput output;
    output.turn.text = text;
    output.usage = {200, 200, 30};
    return output;
  }

  std::atomic<std::uint32_t> faults{0};

 private:
  // How many attempts there were at this turn of this conversation before.
  std::uint32_t count_attempt(const base::RngKey& key) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    return tried_[{key.trial, key.turn}]++;
  }

  std::optional<Error> fail_as(Fault fault, const std::string& text, const std::stop_token& stop,
                               const model::OnDelta& on_delta) const {
    const auto error = [](ErrorKind kind, std::optional<milliseconds> wait = std::nullopt) {
      return Error{kind, kErrorMark, wait};
    };
    switch (fault) {
      case Fault::kNone:
        return std::nullopt;
      case Fault::kOverloaded:
        return error(ErrorKind::kUnavailable);
      case Fault::kAsksToWait:
        return error(ErrorKind::kUnavailable, 5s);
      case Fault::kLimited:
        return error(ErrorKind::kRateLimited, 10s);
      case Fault::kStalls:
        on_delta(text.substr(0, 3));
        clock_.sleep(60s, stop);
        return error(ErrorKind::kTimeout);
      case Fault::kBreaks:
        on_delta(text.substr(0, text.size() / 2));
        return error(ErrorKind::kUnavailable);
      case Fault::kBrokenJson:
        on_delta(text);  // all of it came, and then its end didn't
        return error(ErrorKind::kUnavailable);
      case Fault::kQuota:
        return error(ErrorKind::kModel);
      case Fault::kAway:
        return error(ErrorKind::kRateLimited, 2h);
    }
    return std::nullopt;
  }

  const base::Clock& clock_;
  model::ModelInfo info_;
  base::Mutex mutex_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> tried_ GUARDED_BY(mutex_);
};

// A file's stand-in: what was recorded, and how it ended.
class Memory final : public Recorder {
 public:
  base::Status record(const Commit& commit) override {
    for (const auto& entry : commit.entries) chain.push_back(entry);
    for (const Event& event : commit.events) failed_attempts += event.kind == "attempt_failed" ? 1 : 0;
    return {};
  }
  base::Status finish(const EndReason& reason) override {
    end = reason;
    return {};
  }
  chat::Transcript transcript() const {
    chat::Transcript copy;
    for (const auto& entry : chain) std::visit([&copy](const auto& what) { copy.append(what); }, entry->what);
    return copy;
  }

  std::vector<chat::EntryPtr> chain;
  std::uint32_t failed_attempts = 0;
  std::optional<EndReason> end;
};

// What stands on somebody's screen of the turn under way.
class Screen final : public Observer {
 public:
  void turn_started(chat::ParticipantId, std::uint32_t) override { shown_.clear(); }
  void delta(std::string_view text) override { shown_ += text; }
  void turn_restarts(const model::FailedAttempt&) override { shown_.clear(); }
  void committed(const Commit& commit, const chat::Transcript&) override {
    for (const auto& entry : commit.entries) {
      if (entry->as_turn() != nullptr && entry->as_turn()->text != shown_) ++wrong;
    }
  }
  std::uint32_t wrong = 0;

 private:
  std::string shown_;
};

struct Lived {
  Memory memory;
  Screen screen;
  std::uint32_t pauses = 0;
  std::string trouble;
};

ConversationSpec spec_of(const std::shared_ptr<model::Model>& model, std::uint32_t trial) {
  ConversationSpec spec;
  for (const char* name : {"A", "B"}) {
    Participant participant;
    participant.name = name;
    participant.model = model;
    spec.participants.push_back(participant);
  }
  spec.opening = "Hello there";
  spec.seed = 20'261'126;
  spec.trial = trial;
  return spec;
}

// Runs it to its end, however often it has to be resumed.
void live(const std::shared_ptr<model::Model>& model, std::uint32_t trial, const FakeClock& clock,
          Lived& lived) {
  for (;;) {
    std::vector<std::unique_ptr<StopCondition>> conditions;
    conditions.push_back(stop_after_turns(kTurns));
    Conversation conversation(spec_of(model, trial), {&lived.memory, {&lived.screen}, {}, &clock},
                              std::move(conditions));
    if (!lived.memory.chain.empty()) conversation.restore({lived.memory.transcript(), 0, false});
    const auto end = conversation.run({});
    if (end) return;
    if (lived.memory.end->cause != EndCause::kPaused || !lived.memory.end->detail.starts_with(kErrorMark)) {
      lived.trouble = "ended as " + std::string(to_string(lived.memory.end->cause));
      return;
    }
    ++lived.pauses;
    clock.sleep(60s, {});  // somebody sees it, and goes on
  }
}

TEST(Faults, AnHourOfThemLosesNoTurn) {
  const FakeClock clock;
  const auto provider = std::make_shared<BadProvider>(clock);
  const auto limiter = std::make_shared<model::RateLimiter>(model::RateLimits{300, 200'000}, clock);
  const auto model = model::make_retrying(provider, {}, limiter, clock);
  std::vector<Lived> lived(kConversations);
  {
    std::vector<std::unique_ptr<FakeClock::Joined>> joined;
    for (std::uint32_t i = 0; i < kConversations; ++i)
      joined.push_back(std::make_unique<FakeClock::Joined>(clock));
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < kConversations; ++i) {
      threads.emplace_back([&, i] {
        live(model, i + 1, clock, lived[i]);
        joined[i].reset();
      });
    }
  }
  std::uint32_t failed_attempts = 0;
  std::uint32_t pauses = 0;
  for (std::uint32_t i = 0; i < kConversations; ++i) {
    EXPECT_EQ(lived[i].trouble, "") << "conversation " << i + 1;
    EXPECT_EQ(lived[i].screen.wrong, 0U) << "shown isn't what was recorded, in conversation " << i + 1;
    const chat::Transcript transcript = lived[i].memory.transcript();
    ASSERT_EQ(transcript.turn_count(), kTurns) << "conversation " << i + 1;
    for (std::uint32_t turn = 1; turn <= kTurns; ++turn) {
      const std::string& text = transcript.turn(turn)->as_turn()->text;
      ASSERT_EQ(text, reply({20'261'126, i + 1, turn, base::RngStream::kToken}));
      ASSERT_EQ(text.find(kErrorMark), std::string::npos);
    }
    failed_attempts += lived[i].memory.failed_attempts;
    pauses += lived[i].pauses;
  }
  EXPECT_EQ(failed_attempts + pauses, provider->faults) << "every fault stands in the record";
  EXPECT_GT(provider->faults, 500U);
  EXPECT_GT(pauses, 20U);
  EXPECT_GT(clock.passed(), 1h);
  std::printf("%u conversations of %u turns in %.1f h: %u faults, %u pauses, 0 lost turns\n", kConversations,
              kTurns, std::chrono::duration<double, std::ratio<3600>>(clock.passed()).count(),
              provider->faults.load(), pauses);
}

}  // namespace
}  // namespace duologue::engine
