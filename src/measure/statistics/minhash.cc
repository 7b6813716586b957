// The one hot loop is written once (minhash_lanes.inc) and compiled for three instruction sets.
#include "measure/statistics/minhash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace duologue::measure {

namespace {

// Sebastiano Vigna's splitmix64.
constexpr std::uint64_t splitmix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

struct LaneNumbers {
  alignas(64) std::array<std::uint32_t, kMinHashLanes> factors{};  // odd: each lane is a permutation of 2^32
  alignas(64) std::array<std::uint32_t, kMinHashLanes> offsets{};
};

constexpr LaneNumbers make_lanes() {
  LaneNumbers lanes;
  std::uint64_t state = 20250101;
  for (std::size_t i = 0; i < kMinHashLanes; ++i) {
    const std::uint64_t bits = splitmix(state);
    lanes.factors[i] = static_cast<std::uint32_t>(bits) | 1U;
    lanes.offsets[i] = static_cast<std::uint32_t>(bits >> 32U);
  }
  return lanes;
}
constexpr LaneNumbers kLaneNumbers = make_lanes();

using MinPass = void (*)(const std::uint32_t*, std::size_t, std::int32_t*);

namespace plain {
constexpr std::size_t kWidth = 4;
#include "measure/statistics/minhash_lanes.inc"
}  // namespace plain

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
namespace avx2 {
constexpr std::size_t kWidth = 8;
#include "measure/statistics/minhash_lanes.inc"  // NOLINT(readability-duplicate-include): once for each set
}  // namespace avx2
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,prefer-vector-width=512")
#endif
namespace avx512 {
constexpr std::size_t kWidth = 16;
#include "measure/statistics/minhash_lanes.inc"  // NOLINT(readability-duplicate-include): once for each set
}  // namespace avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

MinPass min_pass() {
#if defined(__x86_64__)
  static const MinPass chosen = __builtin_cpu_supports("avx512vl") ? avx512::min_lanes
                                : __builtin_cpu_supports("avx2")   ? avx2::min_lanes
                                                                   : plain::min_lanes;
  return chosen;
#else
  return plain::min_lanes;
#endif
}

// Token ids are mixed already (measure/tokens.h): a product keeps their order apart, a shift brings the high
// bits down.
Shingle mix(TokenId first, TokenId second, TokenId third) {
  std::uint64_t hash = first * 0x9E3779B97F4A7C15ULL;
  hash = (std::rotl(hash, 23) ^ second) * 0xC2B2AE3D27D4EB4FULL;
  hash = (std::rotl(hash, 23) ^ third) * 0x165667B19E3779F9ULL;
  return hash ^ (hash >> 32U);
}

std::uint32_t half(Shingle shingle) { return static_cast<std::uint32_t>(shingle >> 32U); }

}  // namespace

void shingle(std::span<const TokenId> tokens, std::vector<Shingle>& shingles) {
  shingles.clear();
  if (tokens.empty()) return;
  if (tokens.size() < kShingleTokens) {
    shingles.push_back(mix(tokens[0], tokens.size() > 1 ? tokens[1] : 0, 0));  // no token is 0
    return;
  }
  shingles.resize(tokens.size() - kShingleTokens + 1);
  for (std::size_t i = 0; i < shingles.size(); ++i)
    shingles[i] = mix(tokens[i], tokens[i + 1], tokens[i + 2]);
}

MinHash MinHasher::of_tokens(std::span<const TokenId> tokens) {
  shingle(tokens, shingles_);
  halves_.resize(shingles_.size());
  for (std::size_t i = 0; i < shingles_.size(); ++i) halves_[i] = half(shingles_[i]);
  MinHash result{};
  min_pass()(halves_.data(), halves_.size(), result.data());
  return result;
}

MinHash minhash(std::span<const Shingle> shingles) {
  std::vector<std::uint32_t> halves(shingles.size());
  std::ranges::transform(shingles, halves.begin(), half);
  MinHash result{};
  min_pass()(halves.data(), halves.size(), result.data());
  return result;
}

std::int32_t lane_hash(std::size_t lane, Shingle shingle) {
  return static_cast<std::int32_t>(half(shingle) * kLaneNumbers.factors[lane] + kLaneNumbers.offsets[lane]);
}

double estimated_jaccard(const MinHash& a, const MinHash& b) {
  std::size_t equal = 0;
  for (std::size_t i = 0; i < kMinHashLanes; ++i) equal += a[i] == b[i] ? 1 : 0;
  return static_cast<double>(equal) / static_cast<double>(kMinHashLanes);
}

}  // namespace duologue::measure
