// Passes over one position's logits: what the softmax at T = 1 says of them, and which tokens a truncation
// keeps. Vectorised for the machine that runs (AVX-512, AVX2, or what the compiler was told). Pure functions;
// any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace duologue::model::llama {

// Distances below the largest logit, in nats, at which the summary counts what lies above.
inline constexpr std::array<float, 4> kDepths = {2.0F, 5.0F, 10.0F, 20.0F};

struct LogitSummary {
  float max = 0;
  std::int32_t argmax = 0;             // the first of equals
  double mass = 0;                     // sum of exp(x - max)
  double entropy_nats = 0;             // of the whole distribution, >= 0
  std::array<double, 4> mass_above{};  // of x >= max - kDepths[i]
  std::array<std::uint32_t, 4> count_above{};

  // -ln p of a token with this logit, >= 0.
  double surprisal_nats(float logit) const;
  // False where a logit was NaN or +inf, or all were -inf.
  bool is_sound() const;
  // Makes it the summary without one token of this logit, but for its entropy. False, and unchanged, where it
  // was the largest: everything is relative to that one.
  bool take_out(float logit);
};

LogitSummary summarize(std::span<const float> logits);

// ln of the sum of exp(x): all that surprisal needs.
double log_sum_exp(std::span<const float> logits);

// Indexes of the logits at or above the bound, ascending.
void indexes_above(std::span<const float> logits, float bound, std::vector<std::int32_t>& out);

// out[i] = exp((x[i] - max) * scale), and the sum of them all. out has the size of logits. The sums of every
// kWeightBlock weights go to block_sums.
inline constexpr std::size_t kWeightBlock = 256;
double weights_of(std::span<const float> logits, float max, float scale, std::vector<float>& out,
                  std::vector<double>& block_sums);

}  // namespace duologue::model::llama
