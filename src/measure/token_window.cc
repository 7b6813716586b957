#include "measure/token_window.h"

#include <algorithm>
#include <bit>

namespace duologue::measure {
namespace {

constexpr std::size_t kLeastSlots = 64;
constexpr std::size_t kUsualTokens = 1'024;  // of a turn

double distance_of(std::size_t a, std::size_t b, std::size_t shared) {
  const std::size_t either = a + b - shared;
  return either == 0 ? 0.0 : static_cast<double>(either - shared) / static_cast<double>(either);
}

}  // namespace

TokenWindow::TokenWindow(std::size_t lags)
    : slots_(kLeastSlots), turns_(std::clamp(lags, kLags, kMaxLag) + 1) {}

// Without a branch for a token that the turn had already: nobody foretells which words come again.
LagSpectrum TokenWindow::add(std::span<const TokenId> tokens) {
  drop_oldest();
  make_room(tokens.size());
  TurnSet& turn = turns_[now_];
  turn.measured = true;
  turn.members.resize(tokens.size());
  met_.resize(tokens.size());
  const std::uint64_t bit = std::uint64_t{1} << now_;
  std::size_t used = 0;
  std::size_t live = 0;
  std::size_t distinct = 0;
  std::uint32_t* const members = turn.members.data();
  std::uint64_t* const met = met_.data();
  for (const TokenId token : tokens) {
    const std::size_t at = find(token);
    Slot& slot = slots_[at];
    used += slot.token == 0 ? 1 : 0;
    live += slot.mask == 0 ? 1 : 0;
    members[distinct] = static_cast<std::uint32_t>(at);
    met[distinct] = slot.mask;
    distinct += (slot.mask & bit) == 0 ? 1 : 0;
    slot = {token, slot.mask | bit};
  }
  used_ += used;
  live_ += live;
  turn.members.resize(distinct);
  for (TurnSet& other : turns_) other.shared = 0;
  count_in(std::span(met_).first(distinct));
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
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = token & mask;
  // While it is neither this token nor 0, as one condition: which of the two it is nobody foretells.
  while (std::min(slots_[slot].token ^ token, slots_[slot].token) != 0) slot = (slot + 1) & mask;
  return slot;
}

// Adds one to the counter of every set bit of every mask: plane i holds bit i of all 64 counters. Four masks
// are first added up to a number of three bits (carry-save), then that is added to the planes.
void TokenWindow::count_in(std::span<const std::uint64_t> masks) {
  constexpr std::size_t kMost = (std::size_t{1} << kPlanes) - 4;  // before a counter might overflow
  std::size_t counted = 0;
  for (std::size_t i = 0; i < masks.size(); i += 4) {
    const auto mask = [&](std::size_t k) { return i + k < masks.size() ? masks[i + k] : 0; };
    const std::uint64_t a = mask(0) ^ mask(1);
    const std::uint64_t a_carry = mask(0) & mask(1);
    const std::uint64_t b = mask(2) ^ mask(3);
    const std::uint64_t b_carry = mask(2) & mask(3);
    const std::uint64_t ones_carry = a & b;
    const std::array<std::uint64_t, 3> sum{a ^ b, a_carry ^ b_carry ^ ones_carry,
                                           (a_carry & b_carry) | ((a_carry ^ b_carry) & ones_carry)};
    std::uint64_t carry = 0;
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      const std::uint64_t before = planes_[plane];
      const std::uint64_t added = plane < sum.size() ? sum[plane] : 0;
      planes_[plane] = before ^ added ^ carry;
      carry = (before & added) | ((before ^ added) & carry);
    }
    counted += 4;
    if (counted < kMost) continue;
    empty_counters();
    counted = 0;
  }
  empty_counters();
}

void TokenWindow::empty_counters() {
  for (std::size_t i = 0; i < turns_.size(); ++i) {
    for (std::size_t plane = 0; plane < kPlanes; ++plane) {
      turns_[i].shared += (planes_[plane] >> i & 1) << plane;
    }
  }
  planes_.fill(0);
}

void TokenWindow::drop_oldest() {
  now_ = (now_ + 1) % turns_.size();
  TurnSet& turn = turns_[now_];
  const std::uint64_t keep = ~(std::uint64_t{1} << now_);
  for (const std::uint32_t slot : turn.members) {
    std::uint64_t& mask = slots_[slot].mask;
    mask &= keep;
    live_ -= mask == 0 ? 1 : 0;
  }
  // Memory that only a giant turn needed goes with it.
  if (turn.members.capacity() > kUsualTokens) std::vector<std::uint32_t>().swap(turn.members);
  if (met_.capacity() > kUsualTokens) std::vector<std::uint64_t>().swap(met_);
  turn.members.clear();
  if (slots_.size() > kLeastSlots && live_ * 16 < slots_.size()) rebuild(std::bit_ceil(live_ * 4));
}

void TokenWindow::make_room(std::size_t tokens) {
  if ((used_ + tokens) * 4 > slots_.size() * 3) rebuild(std::bit_ceil((live_ + tokens) * 2));
}

// Leaves out the tokens that no turn of the window has any more.
void TokenWindow::rebuild(std::size_t slots) {
  std::vector<Slot> before(std::max(slots, kLeastSlots));
  before.swap(slots_);
  for (TurnSet& turn : turns_) {
    for (std::uint32_t& member : turn.members) {
      const Slot& old = before[member];
      const std::size_t slot = find(old.token);
      slots_[slot] = old;
      member = static_cast<std::uint32_t>(slot);
    }
  }
  used_ = live_;
}

}  // namespace duologue::measure
