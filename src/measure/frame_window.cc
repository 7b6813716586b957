#include "measure/frame_window.h"

#include <algorithm>
#include <span>

#include "measure/ngrams.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kFrameGram = 3;
// More words than these with hardly a function word (one in ten) are a list, or another language: no frame.
constexpr std::size_t kFewWords = 3;
constexpr std::size_t kLeastFunctionShare = 10;
const TokenId kSlot = token_id("\x01slot");  // no token holds a control character with letters
const TokenId kEdge = token_id(
    "\x01"
    "edge");

std::uint32_t common_prefix(const std::vector<TokenId>& a, const std::vector<TokenId>& b) {
  const auto [end, other] = std::ranges::mismatch(a, b);
  return static_cast<std::uint32_t>(end - a.begin());
}

}  // namespace

FrameFeatures FrameWindow::add(const TokenTypes& turn) {
  const std::span<const TokenId> tokens = turn.tokens();
  FrameFeatures features;
  if (make_frame(turn)) {
    features.distance = overlaps_.add(grams_);
  } else {
    overlaps_.skip();
  }
  now_ = (now_ + 1) % edges_.size();
  Edges& own = edges_[now_];
  const std::size_t edge = std::min(tokens.size(), kEdgeTokens);
  own.opening.assign(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(edge));
  own.ending.assign(tokens.rbegin(), tokens.rbegin() + static_cast<std::ptrdiff_t>(edge));
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    if (i == now_) continue;
    features.same_opening = std::max(features.same_opening, common_prefix(own.opening, edges_[i].opening));
    features.same_ending = std::max(features.same_ending, common_prefix(own.ending, edges_[i].ending));
  }
  return features;
}

void FrameWindow::skip() {
  overlaps_.skip();
  now_ = (now_ + 1) % edges_.size();
  edges_[now_] = {};
}

bool FrameWindow::make_frame(const TokenTypes& turn) {
  const std::span<const TokenId> tokens = turn.tokens();
  std::size_t words = 0;
  std::size_t slots = 0;
  frame_.clear();
  frame_.push_back(kEdge);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool content = turn.is_content_token(i);
    words += turn.is_word()[i];
    slots += content ? 1 : 0;
    const TokenId token = content ? kSlot : tokens[i];
    if (!content || frame_.back() != kSlot) frame_.push_back(token);
  }
  frame_.push_back(kEdge);
  if (words > kFewWords && (words - slots) * kLeastFunctionShare < words) return false;
  grams_.clear();
  if (tokens.empty()) return true;
  for (std::size_t i = 0; i + kFrameGram <= frame_.size(); ++i)
    grams_.push_back(gram_of(std::span(frame_).subspan(i, kFrameGram)));
  return true;
}

}  // namespace duologue::measure
