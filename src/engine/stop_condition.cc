#include "engine/stop_condition.h"

#include <utility>

#include <fmt/format.h>

namespace duologue::engine {

namespace {

class AfterTurns final : public StopCondition {
 public:
  explicit AfterTurns(std::uint32_t turns) : turns_(turns) {}
  std::optional<EndReason> check(const Progress& progress) override {
    if (progress.transcript.turn_count() < turns_) return std::nullopt;
    return EndReason{EndCause::kTurnLimit, std::to_string(turns_) + " turns"};
  }

 private:
  std::uint32_t turns_;
};

class OnSameText final : public StopCondition {
 public:
  explicit OnSameText(std::uint32_t times) : times_(times) {}
  std::optional<EndReason> check(const Progress& progress) override {
    const chat::Transcript& transcript = progress.transcript;
    const std::uint32_t last = transcript.turn_count();
    if (last < times_) return std::nullopt;
    const std::string& text = transcript.turn(last)->as_turn()->text;
    for (std::uint32_t turn = last - times_ + 1; turn < last; ++turn) {
      if (transcript.turn(turn)->as_turn()->text != text) return std::nullopt;
    }
    return EndReason{EndCause::kSameText, "the same text " + std::to_string(times_) + " times, up to turn " +
                                              std::to_string(last)};
  }

 private:
  std::uint32_t times_;
};

class OnDetection final : public StopCondition {
 public:
  explicit OnDetection(std::string label) : label_(std::move(label)) {}
  std::optional<EndReason> check(const Progress& progress) override {
    for (const measure::Detection& detection : progress.last.detections) {
      if (detection.label != label_) continue;
      return EndReason{EndCause::kDetected, label_ + " since turn " + std::to_string(detection.onset) +
                                                ", detected at turn " +
                                                std::to_string(detection.detected_at)};
    }
    return std::nullopt;
  }

 private:
  std::string label_;
};

class OnTokens final : public StopCondition {
 public:
  explicit OnTokens(std::uint64_t tokens) : tokens_(tokens) {}
  std::optional<EndReason> check(const Progress& progress) override {
    if (progress.tokens_used < tokens_) return std::nullopt;
    return EndReason{EndCause::kBudget, std::to_string(progress.tokens_used) +
                                            " tokens used, the budget was " + std::to_string(tokens_)};
  }

 private:
  std::uint64_t tokens_;
};

class OnCost final : public StopCondition {
 public:
  explicit OnCost(double usd) : usd_(usd) {}
  std::optional<EndReason> check(const Progress& progress) override {
    if (progress.cost_usd < usd_) return std::nullopt;
    return EndReason{EndCause::kBudget,
                     fmt::format("${:.4f} spent, the budget was ${:g}", progress.cost_usd, usd_)};
  }

 private:
  double usd_;
};

class OnTime final : public StopCondition {
 public:
  explicit OnTime(std::chrono::milliseconds time) : time_(time) {}
  std::optional<EndReason> check(const Progress& progress) override {
    if (progress.elapsed < time_) return std::nullopt;
    return EndReason{EndCause::kBudget,
                     "the time budget of " + std::to_string(time_.count() / 1000) + " s is used up"};
  }

 private:
  std::chrono::milliseconds time_;
};

}  // namespace

std::unique_ptr<StopCondition> stop_after_turns(std::uint32_t turns) {
  return std::make_unique<AfterTurns>(turns);
}
std::unique_ptr<StopCondition> stop_on_same_text(std::uint32_t times) {
  return std::make_unique<OnSameText>(times);
}
std::unique_ptr<StopCondition> stop_on_detection(std::string label) {
  return std::make_unique<OnDetection>(std::move(label));
}
std::unique_ptr<StopCondition> stop_on_tokens(std::uint64_t tokens) {
  return std::make_unique<OnTokens>(tokens);
}
std::unique_ptr<StopCondition> stop_on_cost(double usd) { return std::make_unique<OnCost>(usd); }
std::unique_ptr<StopCondition> stop_on_time(std::chrono::milliseconds time) {
  return std::make_unique<OnTime>(time);
}

}  // namespace duologue::engine
