// The frame of a turn: its symbols and function words in their order, every run of content words one slot. A
// template loop ("[STATE: x]", "[STATE: y]") keeps its frame while its words change, so its frames overlap
// where its words don't. One conversation, one thread; keeps the frames of the last kLags turns.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "measure/token_types.h"
#include "measure/token_window.h"
#include "measure/tokens.h"

namespace duologue::measure {

inline constexpr std::size_t kEdgeTokens = 16;

struct FrameFeatures {
  LagSpectrum distance;  // Jaccard distance of the sets of 3-grams of frames; null where a turn has no frame
  // The most tokens that this turn begins (ends) with as one of the last kLags turns did, up to kEdgeTokens.
  std::uint32_t same_opening = 0;
  std::uint32_t same_ending = 0;
};

class FrameWindow {
 public:
  FrameFeatures add(const TokenTypes& turn);
  void skip();

 private:
  struct Edges {
    std::vector<TokenId> opening;  // the first kEdgeTokens
    std::vector<TokenId> ending;   // the last kEdgeTokens, backwards
  };

  // False: the turn has no frame, as its language isn't known or it is a list.
  bool make_frame(const TokenTypes& turn);

  std::vector<TokenId> frame_;
  std::vector<TokenId> grams_;
  TokenWindow overlaps_;
  std::array<Edges, kLags + 1> edges_;
  std::size_t now_ = 0;
};

}  // namespace duologue::measure
