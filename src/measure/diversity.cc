#include "measure/diversity.h"

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <span>
#include <utility>

namespace duologue::measure {
namespace {

constexpr double kMtldRatio = 0.72;

// The number of runs, the unfinished last one in part. `run_of`: by type, the run in which it was met last.
template <typename Types>
double mtld_factors(const Types& types, std::vector<std::uint32_t>& run_of) {
  std::ranges::fill(run_of, 0U);
  std::uint32_t run = 1;
  double factors = 0;
  std::size_t length = 0;
  std::size_t distinct = 0;
  double ratio = 1;
  for (const std::uint32_t type : types) {
    distinct += run_of[type] == run ? 0 : 1;
    run_of[type] = run;
    ++length;
    ratio = static_cast<double>(distinct) / static_cast<double>(length);
    if (ratio > kMtldRatio) continue;
    ++factors;
    ++run;
    length = 0;
    distinct = 0;
  }
  if (length > 0) factors += (1 - ratio) / (1 - kMtldRatio);
  return factors > 0 ? factors : 1;  // every token differs: the text is one run
}

}  // namespace

std::optional<double> Diversity::mtld(const TokenTypes& text) {
  const std::span<const std::uint32_t> types = text.numbers();
  if (types.empty()) return std::nullopt;
  last_.resize(text.size());
  const auto length = static_cast<double>(types.size());
  const double forwards = length / mtld_factors(types, last_);
  const double backwards = length / mtld_factors(std::views::reverse(types), last_);
  return (forwards + backwards) / 2;
}

// A token counts as distinct in the windows in which it is the first of its kind: those that begin after its
// last occurrence. So one walk gives the sum over all windows.
std::optional<double> Diversity::mattr(const TokenTypes& text) {
  constexpr auto kWindow = static_cast<std::int64_t>(kMattrWindow);
  const std::span<const std::uint32_t> types = text.numbers();
  const auto size = static_cast<std::int64_t>(types.size());
  if (size < kWindow) return std::nullopt;
  last_.assign(text.size(), 0);  // the place after its last occurrence
  std::int64_t distinct_sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t after_last =
        std::exchange(last_[types[static_cast<std::size_t>(i)]], static_cast<std::uint32_t>(i + 1));
    const std::int64_t first_start = std::max({after_last, i - kWindow + 1, std::int64_t{0}});
    const std::int64_t last_start = std::min(i, size - kWindow);
    distinct_sum += std::max(last_start - first_start + 1, std::int64_t{0});
  }
  return static_cast<double>(distinct_sum) / static_cast<double>((size - kWindow + 1) * kWindow);
}

}  // namespace duologue::measure
