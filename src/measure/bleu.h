// Sentence BLEU (Papineni et al. 2002) as sacreBLEU computes it: 13a tokens, case kept, one reference,
// effective order. A text is prepared once, whatever it is compared with; a pair costs one walk over one
// text's tokens. Pure functions and values; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "measure/ngrams.h"

namespace duologue::measure {

inline constexpr std::size_t kBleuOrder = 4;

// The tokens of sacreBLEU's `13a` (mteval-v13a). The text as it is but for wrong UTF-8, which becomes U+FFFD.
std::vector<std::string> tokens_13a(std::string_view text);

// A text's n-grams of one order, in the order of the text, and a table to find them by their hashes.
class BleuGrams {
 public:
  void assign(std::span<const std::uint64_t> hashes);

  std::size_t size() const { return hashes_.size() - 1; }
  std::uint64_t hash(std::size_t gram) const { return hashes_[gram]; }
  std::uint32_t first(std::size_t gram) const { return first_[gram]; }      // the place where it came first
  std::uint32_t earlier(std::size_t gram) const { return earlier_[gram]; }  // how often it came before
  std::span<const std::uint32_t> firsts() const { return firsts_; }  // where the distinct ones came first
  // Where it came first; size() where it doesn't come.
  std::uint32_t find(std::uint64_t hash) const {
    std::size_t slot = hash & mask_;
    const auto here = [&] { return hashes_[table_[slot]]; };
    // While it is neither this hash nor 0, as one condition that hardly ever holds: whether the gram comes at
    // all is what no processor foretells.
    while (std::min(here() ^ hash, here()) != 0) slot = (slot + 1) & mask_;
    return table_[slot];
  }
  std::uint32_t count(std::size_t first_place) const { return counts_[first_place]; }  // of size(): 0

 private:
  static constexpr std::size_t kRoom = 4;  // slots for each gram, at least: nearly all are found at once

  std::vector<std::uint64_t> hashes_{0};  // and a 0, which is no gram's
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> earlier_;
  std::vector<std::uint32_t> firsts_;
  std::vector<std::uint32_t> counts_{0};  // at first places
  std::vector<std::uint32_t> table_{0};   // first places, size(): free
  std::size_t mask_ = 0;                  // of the table's slots
};

// A text's n-grams of order 1 to 4.
struct BleuText {
  std::size_t tokens = 0;
  std::array<BleuGrams, kBleuOrder> grams;
};

// Prepares texts; keeps its memory between them.
class BleuPreparer {
 public:
  void prepare(std::string_view text, BleuText& into);

 private:
  std::string padded_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> grams_;
};

struct BleuMatches {
  std::array<std::uint32_t, kBleuOrder> matched{};  // n-grams in both, the smaller count of each
};

// Symmetric: both directions' scores come from it.
BleuMatches bleu_matches(const BleuText& a, const BleuText& b);

enum class BleuSmoothing { kExp, kFloor, kAddK };

// 0 to 100. kFloor counts `value` instead of 0 matches; kAddK adds it from order 2 on; kExp takes no value.
// Two texts without tokens score 0, as there.
double bleu_score(const BleuText& hypothesis, const BleuText& reference, const BleuMatches& matches,
                  BleuSmoothing smoothing = BleuSmoothing::kExp, double value = 0.0);

}  // namespace duologue::measure
