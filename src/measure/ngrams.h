// Hashes of n-grams, and sets of them. A gram's hash is made from its tokens' ids; two grams that differ
// share one with probability 2^-64. Values; one thread each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/huge_pages.h"
#include "measure/tokens.h"

namespace duologue::measure {

// The hash of a gram of which `prefix` is the hash without its last token (0: an empty gram). Never 0.
constexpr std::uint64_t extend_gram(std::uint64_t prefix, TokenId token) {
  std::uint64_t hash = (prefix ^ token) * 0x9E3779B97F4A7C15ull;
  hash ^= hash >> 29;
  hash = hash * 0xBF58476D1CE4E5B9ull + (prefix == 0 ? 1 : 0);
  hash ^= hash >> 32;
  return hash == 0 ? 1 : hash;
}

std::uint64_t gram_of(std::span<const TokenId> tokens);

// A growing set of hashes: 10 to 15 bytes for each. It is in parts, by the hash's top bits, which grow one at
// a time: growing needs both tables for a while, and in a long talk these are the largest of all.
class GramSet {
 public:
  GramSet();
  bool contains(std::uint64_t hash) const { return part_of(hash).contains(hash); }
  // Has the memory that a hash will need fetched meanwhile: the set is larger than the processor's caches.
  void prefetch(std::uint64_t hash) const;
  // False: it was there already.
  bool insert(std::uint64_t hash);
  // Inserts them all. How many of them were not there before; one that comes twice counts twice.
  std::size_t insert_all(std::span<const std::uint64_t> hashes);
  std::size_t size() const;
  std::size_t bytes() const;

 private:
  struct Part {
    std::vector<std::uint64_t, base::HugePageAllocator<std::uint64_t>> slots;  // 0: free
    std::size_t size = 0;

    std::size_t first_slot(std::uint64_t hash) const;
    std::size_t slot_from(std::size_t slot, std::uint64_t hash) const;  // where it is, or would be
    bool contains(std::uint64_t hash) const { return slots[slot_from(first_slot(hash), hash)] == hash; }
    bool is_full(std::size_t more) const { return (size + more) * 5 > slots.size() * 4; }
    void grow();
  };
  static constexpr unsigned kPartBits = 3;

  const Part& part_of(std::uint64_t hash) const { return parts_[hash >> (64 - kPartBits)]; }
  Part& part_of(std::uint64_t hash) { return parts_[hash >> (64 - kPartBits)]; }

  std::array<Part, std::size_t{1} << kPartBits> parts_;
  std::vector<std::size_t> places_;  // scratch of insert_all
};

// Which of a bounded number of hashes were met, and where last: again and again, without clearing in between.
class SeenTable {
 public:
  static constexpr std::uint32_t kNever = 0xFFFFFFFF;

  // At most `most` distinct hashes between two restarts; a later restart may ask for more.
  void restart(std::size_t most);
  // Notes that the hash was met at `place`. Where it was before, or kNever.
  std::uint32_t meet(std::uint64_t hash, std::uint32_t place);
  // Numbers them instead: its number in the order in which they first came since the restart, from 0.
  std::uint32_t number(std::uint64_t hash);
  std::size_t distinct() const { return distinct_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t round = 0;
    std::uint32_t place = 0;
  };

  Slot& slot_of(std::uint64_t hash);  // a new one has place kNever

  std::vector<Slot> slots_;
  std::uint32_t round_ = 0;
  std::size_t distinct_ = 0;
};

}  // namespace duologue::measure
