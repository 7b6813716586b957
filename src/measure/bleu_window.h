// BLEU between the turns of a window: what the series d_bleu1, d_bleu2 and self_bleu share. Each pair of
// turns is compared once, when the later one comes. One conversation, one thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "measure/bleu.h"

namespace duologue::measure {

inline constexpr std::size_t kBleuTurns = 6;  // of the window, the present one included

struct BleuFeatures {
  // 1 - the mean of both directions' sentence BLEU / 100; to the turn before, and to the one before that.
  std::array<std::optional<double>, 2> distance;
  // Mean sentence BLEU, 0 to 100, over all ordered pairs of the window's turns. Null until it is full.
  std::optional<double> self;
};

class BleuWindow {
 public:
  BleuFeatures add(std::string_view text);
  void skip();  // a turn that isn't measured: it takes its place

 private:
  struct Entry {
    BleuText text;
    bool measured = false;
    std::array<double, kBleuTurns>
        with{};  // [lag]: both directions' scores with the turn `lag` before, summed
  };

  Entry& before(std::size_t lag) { return entries_[(now_ + kBleuTurns - lag) % kBleuTurns]; }
  std::optional<double> self_bleu();

  BleuPreparer preparer_;
  std::array<Entry, kBleuTurns> entries_;
  std::size_t now_ = 0;
};

}  // namespace duologue::measure
