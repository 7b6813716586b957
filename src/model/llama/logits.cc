// Every pass is written once as a plain loop over kLanes independent accumulators, which the compiler turns
// into vector code without being allowed to reorder sums, and compiled for three instruction sets.
#include "model/llama/logits.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace duologue::model::llama {

namespace {

constexpr std::size_t kLanes = 32;
constexpr std::size_t kFlush = 64;  // vectors after which float sums go over into double ones

#define DUOLOGUE_INLINE inline __attribute__((always_inline))

// e^x for x in [-87, 0.4], relative error under 2e-7; 0 below.
DUOLOGUE_INLINE float fast_exp(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the integer part in the low bits
  const float clamped = x < -87.0F ? -87.0F : x;
  const float shifted = clamped * 1.44269504F + kRound;
  const float n = shifted - kRound;
  const float r = (clamped - n * 0.693359375F) + n * 2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  const std::uint32_t exponent = (std::bit_cast<std::uint32_t>(shifted) << 23U) + 0x3F800000U;
  const float scale = std::bit_cast<float>(exponent);
  return x < -87.0F ? 0.0F : p * scale;
}

DUOLOGUE_INLINE float max_pass(const float* x, std::size_t n) {
  float lanes[kLanes];
  for (std::size_t j = 0; j < kLanes; ++j) lanes[j] = -std::numeric_limits<float>::infinity();
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  }
  for (; i < n; ++i) lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  float max = lanes[0];
  for (std::size_t j = 1; j < kLanes; ++j) max = lanes[j] > max ? lanes[j] : max;
  return max;
}

struct Sums {
  double mass = 0;
  double weighted = 0;  // sum of e * (x - max)
  std::array<double, 4> above{};
  std::array<std::uint32_t, 4> count{};
};

DUOLOGUE_INLINE void sum_vectors(const float* x, std::size_t vectors, float max, Sums& sums) {
  float mass[kLanes] = {};
  float weighted[kLanes] = {};
  float above[kDepths.size()][kLanes] = {};
  std::uint32_t count[kDepths.size()][kLanes] = {};
  for (std::size_t v = 0; v < vectors; ++v) {
    for (std::size_t j = 0; j < kLanes; ++j) {
      const float d = x[v * kLanes + j] - max;
      const float e = fast_exp(d);
      mass[j] += e;
      weighted[j] += e * (d < -87.0F ? -87.0F : d);  // -inf * 0 would be NaN
      for (std::size_t k = 0; k < kDepths.size(); ++k) {
        above[k][j] += d >= -kDepths[k] ? e : 0.0F;
        count[k][j] += d >= -kDepths[k] ? 1U : 0U;
      }
    }
  }
  for (std::size_t j = 0; j < kLanes; ++j) {
    sums.mass += static_cast<double>(mass[j]);
    sums.weighted += static_cast<double>(weighted[j]);
    for (std::size_t k = 0; k < kDepths.size(); ++k) {
      sums.above[k] += static_cast<double>(above[k][j]);
      sums.count[k] += count[k][j];
    }
  }
}

DUOLOGUE_INLINE Sums sum_pass(const float* x, std::size_t n, float max) {
  Sums sums;
  std::size_t i = 0;
  while (i + kLanes <= n) {
    const std::size_t vectors = std::min(kFlush, (n - i) / kLanes);
    sum_vectors(x + i, vectors, max, sums);
    i += vectors * kLanes;
  }
  if (i < n) {
    float rest[kLanes];
    for (std::size_t j = 0; j < kLanes; ++j) {
      rest[j] = i + j < n ? x[i + j] : -std::numeric_limits<float>::infinity();
    }
    sum_vectors(rest, 1, max, sums);
  }
  return sums;
}

DUOLOGUE_INLINE double mass_pass(const float* x, std::size_t n, float max) {
  double total = 0;
  std::size_t i = 0;
  while (i + kLanes <= n) {
    const std::size_t vectors = std::min(kFlush, (n - i) / kLanes);
    float mass[kLanes] = {};
    for (std::size_t v = 0; v < vectors; ++v) {
      for (std::size_t j = 0; j < kLanes; ++j) mass[j] += fast_exp(x[i + v * kLanes + j] - max);
    }
    for (const float m : mass) total += static_cast<double>(m);
    i += vectors * kLanes;
  }
  for (; i < n; ++i) total += static_cast<double>(fast_exp(x[i] - max));
  return total;
}

DUOLOGUE_INLINE void weights_pass(const float* x, std::size_t n, float max, float scale, float* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = fast_exp((x[i] - max) * scale);
}

DUOLOGUE_INLINE double block_sum(const float* x, std::size_t n) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) lanes[j] += x[i + j];
  }
  for (; i < n; ++i) lanes[0] += x[i];
  double total = 0;
  for (const float lane : lanes) total += static_cast<double>(lane);
  return total;
}

// Whether any of kLanes logits reaches the bound.
DUOLOGUE_INLINE std::uint32_t any_above(const float* x, float bound) {
  std::uint32_t any = 0;
  for (std::size_t j = 0; j < kLanes; ++j) any |= x[j] >= bound ? 1U : 0U;
  return any;
}

DUOLOGUE_INLINE void indexes_pass(const float* x, std::size_t n, float bound,
                                  std::vector<std::int32_t>& out) {
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    if (any_above(x + i, bound) == 0) continue;
    for (std::size_t j = i; j < i + kLanes; ++j) {
      if (x[j] >= bound) out.push_back(static_cast<std::int32_t>(j));
    }
  }
  for (; i < n; ++i) {
    if (x[i] >= bound) out.push_back(static_cast<std::int32_t>(i));
  }
}

struct Passes {
  float (*max)(const float*, std::size_t);
  Sums (*sums)(const float*, std::size_t, float);
  double (*mass)(const float*, std::size_t, float);
  void (*weights)(const float*, std::size_t, float, float, float*);
  double (*block)(const float*, std::size_t);
  void (*indexes)(const float*, std::size_t, float, std::vector<std::int32_t>&);
};

#define DUOLOGUE_PASSES(name, attribute)                                                                  \
  attribute float max_##name(const float* x, std::size_t n) { return max_pass(x, n); }                    \
  attribute Sums sums_##name(const float* x, std::size_t n, float max) { return sum_pass(x, n, max); }    \
  attribute double mass_##name(const float* x, std::size_t n, float max) { return mass_pass(x, n, max); } \
  attribute void weights_##name(const float* x, std::size_t n, float max, float scale, float* out) {      \
    weights_pass(x, n, max, scale, out);                                                                  \
  }                                                                                                       \
  attribute double block_##name(const float* x, std::size_t n) { return block_sum(x, n); }                \
  attribute void indexes_##name(const float* x, std::size_t n, float bound,                               \
                                std::vector<std::int32_t>& out) {                                         \
    indexes_pass(x, n, bound, out);                                                                       \
  }                                                                                                       \
  constexpr Passes kPasses_##name = {max_##name,     sums_##name,  mass_##name,                           \
                                     weights_##name, block_##name, indexes_##name};

DUOLOGUE_PASSES(plain, )
#if defined(__x86_64__)
DUOLOGUE_PASSES(avx2, __attribute__((target("avx2,fma"))))
#if defined(__clang__)
DUOLOGUE_PASSES(avx512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))))
#else
DUOLOGUE_PASSES(avx512,
                __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512"))))
#endif
#endif

const Passes& passes() {
#if defined(__x86_64__)
  static const Passes& chosen = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                                        __builtin_cpu_supports("avx512bw")
                                    ? kPasses_avx512
                                : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                                    ? kPasses_avx2
                                    : kPasses_plain;
  return chosen;
#else
  return kPasses_plain;
#endif
}

}  // namespace

double LogitSummary::surprisal_nats(float logit) const {
  return std::max(0.0, std::log(mass) - (static_cast<double>(logit) - static_cast<double>(max)));
}

bool LogitSummary::is_sound() const { return std::isfinite(max) && std::isfinite(mass) && mass >= 0.5; }

LogitSummary summarize(std::span<const float> logits) {
  const Passes& run = passes();
  LogitSummary summary;
  summary.max = run.max(logits.data(), logits.size());
  if (!std::isfinite(summary.max)) return summary;
  const Sums sums = run.sums(logits.data(), logits.size(), summary.max);
  summary.mass = sums.mass;
  summary.entropy_nats = std::max(0.0, std::log(sums.mass) - sums.weighted / sums.mass);
  summary.mass_above = sums.above;
  summary.count_above = sums.count;
  summary.argmax =
      static_cast<std::int32_t>(std::find(logits.begin(), logits.end(), summary.max) - logits.begin());
  return summary;
}

double log_sum_exp(std::span<const float> logits) {
  const Passes& run = passes();
  const float max = run.max(logits.data(), logits.size());
  if (!std::isfinite(max)) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(max) + std::log(run.mass(logits.data(), logits.size(), max));
}

void indexes_above(std::span<const float> logits, float bound, std::vector<std::int32_t>& out) {
  out.clear();
  passes().indexes(logits.data(), logits.size(), bound, out);
}

double weights_of(std::span<const float> logits, float max, float scale, std::vector<float>& out,
                  std::vector<double>& block_sums) {
  const Passes& run = passes();
  out.resize(logits.size());
  run.weights(logits.data(), logits.size(), max, scale, out.data());
  block_sums.clear();
  double total = 0;
  for (std::size_t i = 0; i < out.size(); i += kWeightBlock) {
    block_sums.push_back(run.block(out.data() + i, std::min(kWeightBlock, out.size() - i)));
    total += block_sums.back();
  }
  return total;
}

}  // namespace duologue::model::llama
