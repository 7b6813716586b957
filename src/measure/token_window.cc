#include "measure/token_window.h"

#include <algorithm>
#include <bit>

namespace duologue::measure {
namespace {

constexpr std::size_t kLeastSlots = 1'024;

// A mask's bits as eight counters of eight bits each: adding these counts all turns of a token at once.
constexpr std::array<std::uint64_t, 256> spread_masks() {
  std::array<std::uint64_t, 256> table{};
  for (std::size_t mask = 0; mask < 256; ++mask) {
    for (std::size_t bit = 0; bit < 8; ++bit) {
      if (mask >> bit & 1) table[mask] |= std::uint64_t{1} << (8 * bit);
    }
  }
  return table;
}
constexpr std::array<std::uint64_t, 256> kSpread = spread_masks();
constexpr std::size_t kLaneLimit = 255;  // additions before a counter could overflow

double distance(std::size_t a, std::size_t b, std::size_t shared) {
  const std::size_t either = a + b - shared;
  return either == 0 ? 0.0 : static_cast<double>(either - shared) / static_cast<double>(either);
}

}  // namespace

TokenWindow::TokenWindow() : ids_(kLeastSlots), masks_(kLeastSlots) {}

LagSpectrum TokenWindow::add(std::span<const TokenId> tokens) {
  drop_oldest();
  TurnSet& turn = turns_[now_];
  turn.measured = true;
  const auto bit = static_cast<std::uint8_t>(1u << now_);
  std::array<std::size_t, 8> shared{};
  std::uint64_t lanes = 0;
  std::size_t lane_adds = 0;
  const auto flush = [&] {
    for (std::size_t i = 0; i < shared.size(); ++i) shared[i] += lanes >> (8 * i) & 0xFF;
    lanes = 0;
    lane_adds = 0;
  };
  for (const TokenId token : tokens) {
    const std::size_t slot = find(token);
    const std::uint8_t mask = masks_[slot];
    if (mask & bit) continue;
    lanes += kSpread[mask];
    if (++lane_adds == kLaneLimit) flush();
    live_ += mask == 0;
    used_ += ids_[slot] == 0;
    ids_[slot] = token;
    masks_[slot] = mask | bit;
    turn.members.push_back(token);
    if (used_ * 2 > ids_.size()) rebuild(std::bit_ceil(live_ * 4));
  }
  flush();
  LagSpectrum spectrum;
  for (std::size_t lag = 1; lag <= kLags; ++lag) {
    const TurnSet& before = turn_before(lag);
    const auto position = static_cast<std::size_t>(&before - turns_.data());
    if (before.measured) {
      spectrum[lag - 1] = distance(turn.members.size(), before.members.size(), shared[position]);
    }
  }
  now_ = (now_ + 1) % kTurns;
  return spectrum;
}

void TokenWindow::skip() {
  drop_oldest();
  turns_[now_].measured = false;
  now_ = (now_ + 1) % kTurns;
}

std::size_t TokenWindow::find(TokenId token) const {
  const std::size_t mask = ids_.size() - 1;
  std::size_t slot = token & mask;
  while (ids_[slot] != token && ids_[slot] != 0) slot = (slot + 1) & mask;
  return slot;
}

void TokenWindow::drop_oldest() {
  TurnSet& turn = turns_[now_];
  const auto keep = static_cast<std::uint8_t>(~(1u << now_));
  for (const TokenId token : turn.members) {
    std::uint8_t& mask = masks_[find(token)];
    mask &= keep;
    live_ -= mask == 0;
  }
  // Memory that only a giant turn needed goes with it.
  if (turn.members.capacity() > kLeastSlots) std::vector<TokenId>().swap(turn.members);
  turn.members.clear();
  if (ids_.size() > kLeastSlots && live_ * 16 < ids_.size()) rebuild(std::bit_ceil(live_ * 4));
}

// Leaves out the tokens that no turn of the window has any more.
void TokenWindow::rebuild(std::size_t slots) {
  std::vector<TokenId> ids(std::max(slots, kLeastSlots));
  std::vector<std::uint8_t> masks(ids.size());
  ids.swap(ids_);
  masks.swap(masks_);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (masks[i] == 0) continue;
    const std::size_t slot = find(ids[i]);
    ids_[slot] = ids[i];
    masks_[slot] = masks[i];
  }
  used_ = live_;
}

}  // namespace duologue::measure
