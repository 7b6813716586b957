#include "measure/token_window.h"

#include <algorithm>
#include <bit>

namespace duologue::measure {
namespace {

constexpr std::size_t kLeastSlots = 1'024;

double distance_of(std::size_t a, std::size_t b, std::size_t shared) {
  const std::size_t either = a + b - shared;
  return either == 0 ? 0.0 : static_cast<double>(either - shared) / static_cast<double>(either);
}

}  // namespace

TokenWindow::TokenWindow(std::size_t lags)
    : ids_(kLeastSlots), masks_(kLeastSlots), turns_(std::clamp(lags, kLags, kMaxLag) + 1) {}

LagSpectrum TokenWindow::add(std::span<const TokenId> tokens) {
  drop_oldest();
  TurnSet& turn = turns_[now_];
  turn.measured = true;
  const std::uint64_t bit = std::uint64_t{1} << now_;
  for (TurnSet& other : turns_) other.shared = 0;
  for (const TokenId token : tokens) {
    const std::size_t slot = find(token);
    const std::uint64_t mask = masks_[slot];
    if ((mask & bit) != 0) continue;
    count_in(mask);
    live_ += mask == 0;
    used_ += ids_[slot] == 0;
    ids_[slot] = token;
    masks_[slot] = mask | bit;
    turn.members.push_back(token);
    if (used_ * 2 > ids_.size()) rebuild(std::bit_ceil(live_ * 4));
  }
  empty_counters();
  LagSpectrum spectrum;
  for (std::size_t lag = 1; lag <= kLags; ++lag) spectrum[lag - 1] = distance(lag);
  return spectrum;
}

void TokenWindow::skip() {
  drop_oldest();
  turns_[now_].measured = false;
}

std::optional<double> TokenWindow::distance(std::size_t lag) const {
  const TurnSet& before = turns_[position_before(lag)];
  if (!before.measured || !turns_[now_].measured) return std::nullopt;
  return distance_of(turns_[now_].members.size(), before.members.size(), before.shared);
}

std::size_t TokenWindow::find(TokenId token) const {
  const std::size_t mask = ids_.size() - 1;
  std::size_t slot = token & mask;
  while (ids_[slot] != token && ids_[slot] != 0) slot = (slot + 1) & mask;
  return slot;
}

// Adds one to the counter of every set bit: plane i holds bit i of all 64 counters.
void TokenWindow::count_in(std::uint64_t mask) {
  if (++counted_ == (std::size_t{1} << kPlanes)) {
    empty_counters();
    counted_ = 1;
  }
  for (std::size_t plane = 0; mask != 0; ++plane) {
    const std::uint64_t carry = planes_[plane] & mask;
    planes_[plane] ^= mask;
    mask = carry;
  }
}

void TokenWindow::empty_counters() {
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      turns_[i].shared += (planes_[plane] >> i & 1) << plane;
    }
  }
  planes_.fill(0);
  counted_ = 0;
}

void TokenWindow::drop_oldest() {
  now_ = (now_ + 1) % turns_.size();
  TurnSet& turn = turns_[now_];
  const std::uint64_t keep = ~(std::uint64_t{1} << now_);
  for (const TokenId token : turn.members) {
    std::uint64_t& mask = masks_[find(token)];
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
  std::vector<std::uint64_t> masks(ids.size());
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
