#include "measure/ngrams.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "measure/hash_slot.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kLeastSlots = 8;  // of each part of a set

}  // namespace

std::uint64_t gram_of(std::span<const TokenId> tokens) {
  std::uint64_t hash = 0;
  for (const TokenId token : tokens) hash = extend_gram(hash, token);
  return hash;
}

GramSet::GramSet() {
  for (Part& part : parts_) part.slots.resize(kLeastSlots);
}

// By the bits that didn't choose the part.
std::size_t GramSet::Part::first_slot(std::uint64_t hash) const {
  return hash_slot(hash << kPartBits, slots.size());
}

std::size_t GramSet::Part::slot_from(std::size_t slot, std::uint64_t hash) const {
  // While it is neither this hash nor 0, as one condition: which of the two it is nobody foretells.
  while (std::min(slots[slot] ^ hash, slots[slot]) != 0) slot = slot + 1 == slots.size() ? 0 : slot + 1;
  return slot;
}

void GramSet::Part::grow() {
  decltype(slots) before(slots.size() + slots.size() / 2);
  before.swap(slots);
  for (const std::uint64_t hash : before) {
    if (hash != 0) slots[slot_from(first_slot(hash), hash)] = hash;
  }
}

void GramSet::prefetch(std::uint64_t hash) const {
  const Part& part = part_of(hash);
  __builtin_prefetch(&part.slots[part.first_slot(hash)]);
}

bool GramSet::insert(std::uint64_t hash) {
  Part& part = part_of(hash);
  std::uint64_t& slot = part.slots[part.slot_from(part.first_slot(hash), hash)];
  if (slot == hash) return false;
  slot = hash;
  ++part.size;
  if (part.is_full(0)) part.grow();
  return true;
}

// The way to each hash is gone once: its free slot, or one behind it that another took meanwhile, is where it
// goes.
std::size_t GramSet::insert_all(std::span<const std::uint64_t> hashes) {
  places_.clear();
  for (const std::uint64_t hash : hashes) prefetch(hash);
  std::array<std::size_t, std::size_t{1} << kPartBits> fresh{};
  for (const std::uint64_t hash : hashes) {
    const Part& part = part_of(hash);
    places_.push_back(part.slot_from(part.first_slot(hash), hash));
    fresh[hash >> (64 - kPartBits)] += part.slots[places_.back()] == 0 ? 1 : 0;
  }
  const std::size_t all_fresh = std::accumulate(fresh.begin(), fresh.end(), std::size_t{0});
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].is_full(fresh[i])) continue;
    for (const std::uint64_t hash : hashes) insert(hash);  // the places may not last
    return all_fresh;
  }
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    Part& part = part_of(hashes[i]);
    std::uint64_t& slot = part.slots[part.slot_from(places_[i], hashes[i])];
    part.size += slot == 0 ? 1 : 0;
    slot = hashes[i];
  }
  return all_fresh;
}

std::size_t GramSet::size() const {
  std::size_t size = 0;
  for (const Part& part : parts_) size += part.size;
  return size;
}

std::size_t GramSet::bytes() const {
  std::size_t slots = 0;
  for (const Part& part : parts_) slots += part.slots.size();
  return slots * sizeof(std::uint64_t);
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
