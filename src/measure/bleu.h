// Sentence BLEU (Papineni et al. 2002) as sacreBLEU computes it: 13a tokens, case kept, one reference,
// effective order. A text is prepared once, whatever it is compared with; a pair costs one walk over both
// sorted lists of n-grams. Pure functions and values; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "measure/ngrams.h"

namespace duologue::measure {

inline constexpr std::size_t kBleuOrder = 4;

// The tokens of sacreBLEU's `13a` (mteval-v13a). The text as it is but for wrong UTF-8, which becomes U+FFFD.
std::vector<std::string> tokens_13a(std::string_view text);

// A text's n-grams of order 1 to 4.
struct BleuText {
  struct Gram {
    std::uint64_t hash = 0;
    std::uint32_t count = 0;
  };
  std::size_t tokens = 0;
  std::array<std::vector<Gram>, kBleuOrder> grams;  // ascending by hash
};

// Prepares texts; keeps its memory between them.
class BleuPreparer {
 public:
  void prepare(std::string_view text, BleuText& into);

 private:
  std::string padded_;
  std::string spaced_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> grams_;
  std::vector<std::uint64_t> sorted_;
  HashSorter sorter_;
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
