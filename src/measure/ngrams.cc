#include "measure/ngrams.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace duologue::measure {
namespace {

constexpr std::size_t kLeastSlots = 64;

// The high half of hash * size spreads hashes over tables of any size.
std::size_t first_slot(std::uint64_t hash, std::size_t size) {
  return static_cast<std::size_t>((static_cast<unsigned __int128>(hash) * size) >> 64U);
}

}  // namespace

std::uint64_t gram_of(std::span<const TokenId> tokens) {
  std::uint64_t hash = 0;
  for (const TokenId token : tokens) hash = extend_gram(hash, token);
  return hash;
}

GramSet::GramSet() : slots_(kLeastSlots) {}

std::size_t GramSet::slot_of(std::uint64_t hash) const {
  return slot_from(first_slot(hash, slots_.size()), hash);
}

std::size_t GramSet::slot_from(std::size_t slot, std::uint64_t hash) const {
  const auto size = slots_.size();
  while (slots_[slot] != hash && slots_[slot] != 0) slot = slot + 1 == size ? 0 : slot + 1;
  return slot;
}

void GramSet::prefetch(std::uint64_t hash) const {
  __builtin_prefetch(&slots_[first_slot(hash, slots_.size())]);
}

bool GramSet::insert(std::uint64_t hash) {
  std::uint64_t& slot = slots_[slot_of(hash)];
  if (slot == hash) return false;
  slot = hash;
  if (++size_ * 5 > slots_.size() * 4) grow();
  return true;
}

// The way to each hash is gone once: its free slot, or one behind it that another took meanwhile, is where it
// goes.
std::size_t GramSet::insert_all(std::span<const std::uint64_t> hashes) {
  places_.clear();
  for (const std::uint64_t hash : hashes) prefetch(hash);
  std::size_t fresh = 0;
  for (const std::uint64_t hash : hashes) {
    places_.push_back(slot_of(hash));
    fresh += slots_[places_.back()] == 0 ? 1 : 0;
  }
  if ((size_ + fresh) * 5 > slots_.size() * 4) {  // the places may not last
    for (const std::uint64_t hash : hashes) insert(hash);
    return fresh;
  }
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::uint64_t& slot = slots_[slot_from(places_[i], hashes[i])];
    size_ += slot == 0 ? 1 : 0;
    slot = hashes[i];
  }
  return fresh;
}

void GramSet::grow() {
  Table slots(slots_.size() + slots_.size() / 2);
  slots.swap(slots_);
  for (const std::uint64_t hash : slots) {
    if (hash != 0) slots_[slot_of(hash)] = hash;
  }
}

void SeenTable::restart(std::size_t most) {
  const std::size_t wanted = std::bit_ceil(std::max(most, std::size_t{8}) * 2);
  if (wanted > slots_.size() || round_ == kNever) {
    slots_.assign(std::max(wanted, slots_.size()), {});
    round_ = 0;
  }
  ++round_;
  distinct_ = 0;
}

SeenTable::Slot& SeenTable::slot_of(std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].round == round_ && slots_[at].hash != hash) at = (at + 1) & mask;
  if (slots_[at].round != round_) {
    slots_[at] = {hash, round_, kNever};
    ++distinct_;
  }
  return slots_[at];
}

std::uint32_t SeenTable::meet(std::uint64_t hash, std::uint32_t place) {
  return std::exchange(slot_of(hash).place, place);
}

std::uint32_t SeenTable::number(std::uint64_t hash) {
  std::uint32_t& place = slot_of(hash).place;
  if (place == kNever) place = static_cast<std::uint32_t>(distinct_ - 1);
  return place;
}

}  // namespace duologue::measure
