#include "measure/statistics/paired.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/rng.h"
#include "measure/statistics/distributions.h"
#include "measure/statistics/interval.h"

namespace duologue::measure {

namespace {

constexpr std::uint32_t kLeastDraws = 100;
constexpr std::uint32_t kMostDraws = 10'000'000;

// One sign changes from each assignment to the next (Gray code), so each costs one addition. The sum is made
// afresh now and then, before rounding errors of many additions could make equal sums unequal.
std::uint64_t count_exactly(const std::vector<double>& differences, double least) {
  constexpr std::uint64_t kAfresh = 1024;
  std::uint64_t extreme = 0;
  std::uint64_t flipped = 0;
  double sum = 0;
  const std::uint64_t all = std::uint64_t{1} << differences.size();
  const auto is_flipped = [&flipped](std::size_t place) { return (flipped >> place & 1U) != 0; };
  for (std::uint64_t i = 0; i < all; ++i) {
    const auto place = static_cast<std::size_t>(std::countr_zero(i));  // of the sign that changes; none at 0
    if (i > 0) flipped ^= std::uint64_t{1} << place;
    if (i % kAfresh == 0) {
      sum = 0;
      for (std::size_t k = 0; k < differences.size(); ++k)
        sum += is_flipped(k) ? -differences[k] : differences[k];
    } else {
      sum += is_flipped(place) ? -2.0 * differences[place] : 2.0 * differences[place];
    }
    extreme += std::abs(sum) >= least ? 1 : 0;
  }
  return extreme;
}

std::uint64_t count_drawn(const std::vector<double>& differences, double least, std::uint64_t seed,
                          std::uint32_t draws) {
  std::uint64_t extreme = 0;
  base::RngKey key{seed, 0, 0, base::RngStream::kPermutation};
  for (key.trial = 0; key.trial < draws; ++key.trial) {
    double sum = 0;
    std::uint64_t signs = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      if (i % 64 == 0) signs = base::random_bits(key, static_cast<std::uint32_t>(i / 64));
      sum += (signs >> (i % 64) & 1U) != 0 ? differences[i] : -differences[i];
    }
    extreme += std::abs(sum) >= least ? 1 : 0;
  }
  return extreme;
}

}  // namespace

McNemar mcnemar(std::uint64_t only_first, std::uint64_t only_second) {
  const std::uint64_t fewer = std::min(only_first, only_second);
  const std::uint64_t pairs = only_first + only_second;
  if (pairs == 0) return {};
  // Both tails meet in the observed table: its half is left out of the mid-p once, not twice.
  if (only_first == only_second) return {1.0, 1.0 - 0.5 * fair_coin_pmf(fewer, pairs)};
  const double tail = fair_coin_cdf(fewer, pairs);
  return {std::min(1.0, 2.0 * tail), std::min(1.0, 2.0 * tail - fair_coin_pmf(fewer, pairs))};
}

base::Result<SignFlip> sign_flip_test(std::span<const double> differences, std::uint64_t seed,
                                      std::uint32_t draws) {
  TRY(check_finite(differences, "paired differences"));
  if (differences.empty()) {
    return base::fail(base::ErrorKind::kBadInput, "paired differences: there is none, so nothing to test");
  }
  if (draws < kLeastDraws || draws > kMostDraws) {
    return base::fail(base::ErrorKind::kUsage, fmt::format("{} draws are too few or too many: take {} to {}",
                                                           draws, kLeastDraws, kMostDraws));
  }
  double scale = 0;
  for (const double d : differences) scale = std::max(scale, std::abs(d));
  SignFlip result;
  if (scale == 0) return result;
  // A difference of 0 has no sign. Dividing by the greatest keeps sums finite.
  std::vector<double> signed_ones;
  double sum = 0;
  double total = 0;
  for (const double d : differences) {
    if (d == 0) continue;
    signed_ones.push_back(d / scale);
    sum += d / scale;
    total += std::abs(d / scale);
  }
  result.mean = sum / static_cast<double>(differences.size()) * scale;
  // Sums that are equal but for rounding count as equal.
  const double least = std::abs(sum) - 1e-12 * total;
  result.exact = signed_ones.size() <= kExactSignFlips;
  if (result.exact) {
    result.assignments = std::uint64_t{1} << signed_ones.size();
    result.p_value =
        static_cast<double>(count_exactly(signed_ones, least)) / static_cast<double>(result.assignments);
  } else {
    result.assignments = std::uint64_t{draws} + 1;
    result.p_value = static_cast<double>(count_drawn(signed_ones, least, seed, draws) + 1) /
                     static_cast<double>(result.assignments);
  }
  return result;
}

}  // namespace duologue::measure
