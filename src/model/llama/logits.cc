// Every pass is written once (logits_passes.inc) and compiled for three instruction sets.
#include "model/llama/logits.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

namespace duologue::model::llama {

namespace {

struct Sums {
  double mass = 0;
  double weighted = 0;  // sum of e * (x - max)
  std::array<double, 4> above{};
  std::array<std::uint32_t, 4> count{};
};

struct Passes {
  float (*max)(const float*, std::size_t);
  Sums (*sums)(const float*, std::size_t, float);
  double (*mass)(const float*, std::size_t, float);
  void (*weights)(const float*, std::size_t, float, float, float*);
  double (*block)(const float*, std::size_t);
  void (*indexes)(const float*, std::size_t, float, std::vector<std::int32_t>&);
};

namespace plain {
constexpr std::size_t kLanes = 4;
#include "model/llama/logits_passes.inc"
}  // namespace plain

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace avx2 {
constexpr std::size_t kLanes = 8;
#include "model/llama/logits_passes.inc"  // NOLINT(readability-duplicate-include): once for each set
}  // namespace avx2
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")
#endif
namespace avx512 {
constexpr std::size_t kLanes = 16;
#include "model/llama/logits_passes.inc"  // NOLINT(readability-duplicate-include): once for each set
}  // namespace avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

const Passes& passes() {
#if defined(__x86_64__)
  static const Passes& chosen = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                                        __builtin_cpu_supports("avx512bw")
                                    ? avx512::kPasses
                                : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                                    ? avx2::kPasses
                                    : plain::kPasses;
  return chosen;
#else
  return plain::kPasses;
#endif
}

}  // namespace

double LogitSummary::surprisal_nats(float logit) const {
  return std::max(0.0, std::log(mass) - (static_cast<double>(logit) - static_cast<double>(max)));
}

bool LogitSummary::is_sound() const { return std::isfinite(max) && std::isfinite(mass) && mass >= 0.5; }

bool LogitSummary::take_out(float logit) {
  const float below = logit - max;
  const double weight = std::exp(static_cast<double>(below));
  if (below >= 0) return false;
  mass -= weight;
  for (std::size_t k = 0; k < kDepths.size(); ++k) {
    if (below < -kDepths[k]) continue;
    mass_above[k] -= weight;
    --count_above[k];
  }
  return true;
}

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
  summary.argmax = static_cast<std::int32_t>(std::ranges::find(logits, summary.max) - logits.begin());
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
