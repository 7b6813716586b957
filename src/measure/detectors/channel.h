// A channel: one kind of evidence that a conversation has settled, with its own series, threshold and hold.
// Convergence (detectors/convergence.cc) is any of them. Channels are never averaged: words can stay new
// while nothing is said.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "measure/detector.h"

namespace duologue::measure {

struct ChannelState {
  bool holds = false;
  bool entered = false;     // at this turn
  std::uint32_t onset = 0;  // while it holds: the first instance of the pattern
  std::string_view kind;    // while it holds: what a convergence by this channel is called
  bool labelled = false;    // at this turn the label below is due, with this onset
  std::uint32_t label_onset = 0;
};

class Channel {
 public:
  virtual ~Channel() = default;
  virtual std::string_view label() const = 0;
  virtual ChannelState observe(const TurnFeatures& features, SeriesValues values) = 0;
};

std::unique_ptr<Channel> make_lex_channel();
std::unique_ptr<Channel> make_short_channel();

}  // namespace duologue::measure
