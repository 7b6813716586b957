// LEX: turns copy words of the turns before them. The series is the distance to the nearest of the last six
// turns, as a loop of period 2 or 3 shows at its own lag only.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "measure/detectors/channel.h"
#include "measure/detectors/thresholds.h"
#include "measure/registry.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kFirstLag = series_index("d_jac1");
static_assert(series_index("d_jac6") == kFirstLag + kLags - 1);

struct Nearest {
  double distance = 1.0;  // 1 where there is nothing to compare with
  std::uint32_t lag = 0;
};

Nearest nearest_turn(SeriesValues values) {
  Nearest nearest;
  for (std::size_t lag = 1; lag <= kLags; ++lag) {
    const auto& distance = values[kFirstLag + lag - 1];
    if (distance && *distance < nearest.distance) nearest = {*distance, static_cast<std::uint32_t>(lag)};
  }
  return nearest;
}

class LexChannel final : public Channel {
 public:
  std::string_view label() const override { return "repetition"; }

  ChannelState observe(const TurnFeatures& features, SeriesValues values) override {
    const Nearest nearest = nearest_turn(values);
    track(features.turn, nearest, features.tokens.size());
    state_.entered = false;
    state_.labelled = false;
    if (!state_.holds && under_ >= kHoldTurns) enter();
    if (state_.holds && over_ >= kHoldTurns) leave(features.turn);
    if (state_.holds && !labelled_) try_label(features.turn);
    return state_;
  }

 private:
  // A turn of the run of turns below kLex.leave that the present one ends.
  struct Instance {
    std::uint32_t turn = 0;
    std::uint32_t lag = 0;
    double distance = 0;
    std::size_t tokens = 0;
  };

  void track(std::uint32_t turn, const Nearest& nearest, std::size_t tokens) {
    under_ = nearest.distance < kLex.enter ? under_ + 1 : 0;
    over_ = nearest.distance < kLex.leave ? 0 : over_ + 1;
    if (over_ > 0) {
      run_.clear();
      return;
    }
    if (run_.size() == kTraceTurns) run_.erase(run_.begin());
    run_.push_back({turn, nearest.lag, nearest.distance, tokens});
  }

  void enter() {
    state_.holds = true;
    state_.entered = true;
    const Instance& first = run_.front();
    state_.onset = std::max(first.turn - std::min(first.lag, first.turn - 1), free_from_);
    double sum = 0;
    for (std::size_t i = run_.size() - kHoldTurns; i < run_.size(); ++i) sum += run_[i].distance;
    state_.kind = sum / kHoldTurns <= kLex.verbatim ? "verbatim" : "near_copy";
    labelled_ = false;
  }

  void leave(std::uint32_t turn) {
    state_ = {};
    free_from_ = turn - std::min(kHoldTurns - 1, turn - 1);
    under_ = 0;
  }

  // Turns of a symbol or two that repeat are silence, not repetition: one of the held turns must say more.
  void try_label(std::uint32_t turn) {
    if (run_.size() < kHoldTurns) return;
    std::size_t longest = 0;
    for (std::size_t i = run_.size() - kHoldTurns; i < run_.size(); ++i)
      longest = std::max(longest, run_[i].tokens);
    if (longest <= kShort.tokens) return;
    labelled_ = true;
    state_.labelled = true;
    state_.label_onset = state_.entered ? state_.onset : std::max(state_.onset, turn - (kHoldTurns - 1));
  }

  ChannelState state_;
  std::vector<Instance> run_;    // the last kTraceTurns of them
  std::uint32_t under_ = 0;      // turns in a row below kLex.enter
  std::uint32_t over_ = 0;       // turns in a row not below kLex.leave
  std::uint32_t free_from_ = 1;  // no onset lies before the end of the episode before
  bool labelled_ = false;        // in this episode
};

}  // namespace

std::unique_ptr<Channel> make_lex_channel() { return std::make_unique<LexChannel>(); }

}  // namespace duologue::measure
