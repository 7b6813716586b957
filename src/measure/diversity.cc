#include "measure/diversity.h"

#include <algorithm>
#include <cstdint>
#include <ranges>

namespace duologue::measure {
namespace {

constexpr double kMtldRatio = 0.72;

// The number of runs, the unfinished last one in part.
template <typename Tokens>
double mtld_factors(const Tokens& tokens, SeenTable& seen) {
  const std::size_t size = tokens.size();
  double factors = 0;
  std::size_t length = 0;
  double ratio = 1;
  seen.restart(size);
  for (const TokenId token : tokens) {
    seen.meet(token, 0);
    ++length;
    ratio = static_cast<double>(seen.distinct()) / static_cast<double>(length);
    if (ratio > kMtldRatio) continue;
    ++factors;
    seen.restart(size);
    length = 0;
  }
  if (length > 0) factors += (1 - ratio) / (1 - kMtldRatio);
  return factors > 0 ? factors : 1;  // every token differs: the text is one run
}

}  // namespace

std::optional<double> Diversity::mtld(std::span<const TokenId> tokens) {
  if (tokens.empty()) return std::nullopt;
  const auto length = static_cast<double>(tokens.size());
  const double forwards = length / mtld_factors(tokens, seen_);
  const double backwards = length / mtld_factors(std::views::reverse(tokens), seen_);
  return (forwards + backwards) / 2;
}

// A token counts as distinct in the windows in which it is the first of its kind: those that begin after its
// last occurrence. So one walk gives the sum over all windows.
std::optional<double> Diversity::mattr(std::span<const TokenId> tokens) {
  constexpr auto kWindow = static_cast<std::int64_t>(kMattrWindow);
  const auto size = static_cast<std::int64_t>(tokens.size());
  if (size < kWindow) return std::nullopt;
  seen_.restart(tokens.size());
  std::int64_t distinct_sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const auto place = static_cast<std::uint32_t>(i);
    const std::uint32_t last = seen_.meet(tokens[static_cast<std::size_t>(i)], place);
    const std::int64_t after_last = last == SeenTable::kNever ? 0 : std::int64_t{last} + 1;
    const std::int64_t first_start = std::max({after_last, i - kWindow + 1, std::int64_t{0}});
    const std::int64_t last_start = std::min(i, size - kWindow);
    distinct_sum += std::max(last_start - first_start + 1, std::int64_t{0});
  }
  return static_cast<double>(distinct_sum) / static_cast<double>((size - kWindow + 1) * kWindow);
}

}  // namespace duologue::measure
