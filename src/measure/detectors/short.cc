// SHORT: turns shrink to next to nothing. Farewells that can't end hardly repeat words; what changes is their
// length.
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

class ShortChannel final : public Channel {
 public:
  std::string_view label() const override { return "silence"; }

  ChannelState observe(const TurnFeatures& features, SeriesValues values) override {
    const auto tokens = static_cast<double>(features.tokens.size());
    if (recent_.size() == kTraceTurns) recent_.erase(recent_.begin());
    recent_.push_back({features.turn, tokens});
    tiny_ = tokens <= kShort.tokens ? tiny_ + 1 : 0;
    state_.entered = false;
    state_.labelled = false;
    if (state_.holds) {
      long_ = tokens <= kShort.tokens || tokens < bound_ ? 0 : long_ + 1;
      if (long_ >= kHoldTurns) leave(features.turn);
      return state_;
    }
    const auto& rel_length = values[series_index("rel_length")];
    if (rel_length && *rel_length < kShort.rel_length) {
      // The usual length is kept for as long as the state holds: the short turns themselves pull the median
      // down.
      enter(kShort.leave * features.typical_tokens.value_or(0.0));
    } else if (tiny_ >= kHoldTurns) {
      enter(0.0);
    }
    return state_;
  }

 private:
  struct Length {
    std::uint32_t turn = 0;
    double tokens = 0;
  };

  void enter(double bound) {
    bound_ = bound;
    long_ = 0;
    auto first = recent_.rbegin();
    for (auto it = first; it != recent_.rend() && (it->tokens <= kShort.tokens || it->tokens < bound_); ++it)
      first = it;
    state_ = {.holds = true,
              .entered = true,
              .onset = first->turn,
              .kind = "short",
              .labelled = true,
              .label_onset = first->turn};
  }

  void leave(std::uint32_t turn) {
    state_ = {};
    tiny_ = 0;
    // No onset lies before the end of the episode before.
    std::erase_if(recent_, [&](const Length& length) { return length.turn + kHoldTurns <= turn; });
  }

  ChannelState state_;
  std::vector<Length> recent_;  // the last kTraceTurns turns
  double bound_ = 0;            // tokens below which a turn is an instance
  std::uint32_t tiny_ = 0;      // turns in a row of at most kShort.tokens
  std::uint32_t long_ = 0;      // turns in a row that are no instance, while it holds
};

}  // namespace

std::unique_ptr<Channel> make_short_channel() { return std::make_unique<ShortChannel>(); }

}  // namespace duologue::measure
