#include "model/llama/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <llama.h>

namespace duologue::model::llama {

namespace {

constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
constexpr std::size_t kMirostatM = 100;  // llama.cpp's
constexpr std::int32_t kMinDryWindow = 1024;

double weight_at(float logit, float max) {
  return std::exp(static_cast<double>(logit) - static_cast<double>(max));
}

// Larger logits first, lower ids first among equals.
struct ByLogit {
  std::span<const float> logits;
  bool operator()(std::int32_t a, std::int32_t b) const {
    const float x = logits[static_cast<std::size_t>(a)];
    const float y = logits[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  }
};

// Leaves the indexes of the top-k, best first.
void take_top_k(std::span<const float> logits, const LogitSummary& summary, std::size_t k,
                std::vector<std::int32_t>& indexes) {
  float bound = kMinusInfinity;
  for (std::size_t i = kDepths.size(); i-- > 0;) {
    if (summary.count_above[i] >= k) bound = summary.max - kDepths[i];
  }
  indexes_above(logits, bound, indexes);
  const ByLogit better{logits};
  if (indexes.size() > k) {
    std::ranges::nth_element(indexes, indexes.begin() + static_cast<std::ptrdiff_t>(k), better);
    indexes.resize(k);
  }
  std::ranges::sort(indexes, better);
}

// The shortest prefix of the sorted indexes whose mass reaches the share.
void cut_sorted(std::span<const float> logits, float max, double wanted, std::vector<std::int32_t>& indexes) {
  double sum = 0;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    sum += weight_at(logits[static_cast<std::size_t>(indexes[i])], max);
    if (sum >= wanted) {
      indexes.resize(i + 1);
      return;
    }
  }
}

// Top-p without sorting: the mass of narrow ranges of logits says in which of them the share is reached; only
// that one is sorted. Leaves the indexes ascending.
void take_top_p(std::span<const float> logits, const LogitSummary& summary, double wanted,
                std::vector<std::int32_t>& indexes) {
  float depth = std::numeric_limits<float>::infinity();
  for (std::size_t i = kDepths.size(); i-- > 0;) {
    if (summary.mass_above[i] >= wanted * (1 + 1e-5)) depth = kDepths[i];
  }
  indexes_above(logits, std::isinf(depth) ? kMinusInfinity : summary.max - depth, indexes);

  constexpr std::size_t kRanges = 256;
  std::array<double, kRanges> mass{};
  const float width = (std::isinf(depth) ? 40.0F : depth) / static_cast<float>(kRanges - 1);
  const auto range_of = [&](std::int32_t index) {
    const float down = (summary.max - logits[static_cast<std::size_t>(index)]) / width;
    return static_cast<std::size_t>(std::min(down, static_cast<float>(kRanges - 1)));
  };
  for (const std::int32_t index : indexes) {
    mass[range_of(index)] += weight_at(logits[static_cast<std::size_t>(index)], summary.max);
  }
  double before = 0;
  std::size_t last = 0;
  while (last + 1 < kRanges && before + mass[last] < wanted) before += mass[last++];

  std::vector<std::int32_t> edge;
  for (const std::int32_t index : indexes) {
    if (range_of(index) == last) edge.push_back(index);
  }
  std::ranges::sort(edge, ByLogit{logits});
  cut_sorted(logits, summary.max, wanted - before, edge);
  if (edge.empty()) return;
  const std::int32_t worst = edge.back();
  std::erase_if(indexes, [&](std::int32_t index) { return index != worst && ByLogit{logits}(worst, index); });
}

void drop_below(std::span<const float> logits, float bound, std::vector<std::int32_t>& indexes) {
  std::erase_if(indexes, [&](std::int32_t index) { return logits[static_cast<std::size_t>(index)] < bound; });
}

// The index at which the running sum passes uniform * total.
template <typename Weight>
std::size_t index_at(std::span<const Weight> weights, double target) {
  double sum = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    sum += static_cast<double>(weights[i]);
    last = i;
    if (sum > target) return i;
  }
  return last;  // rounding: the last one that could be meant
}

bool needs_chain(const chat::Sampling& s) {
  const bool penalties = s.repeat_penalty != 1.0 || s.frequency_penalty != 0.0 || s.presence_penalty != 0.0;
  return (penalties && s.penalty_last_n > 0) || s.dry_multiplier > 0 || s.typical_p < 1.0 ||
         s.top_n_sigma > 0 || s.xtc_probability > 0 || s.mirostat != 0;
}

}  // namespace

void select_candidates(std::span<const float> logits, const LogitSummary& summary,
                       const chat::Sampling& sampling, DrawSpace& space) {
  std::vector<std::int32_t>& indexes = space.indexes;
  const float min_p_bound =
      sampling.min_p > 0 ? summary.max + static_cast<float>(std::log(sampling.min_p)) : kMinusInfinity;
  if (sampling.top_k > 0 && sampling.top_k < logits.size()) {
    take_top_k(logits, summary, sampling.top_k, indexes);
    if (sampling.top_p < 1.0) {
      double mass = 0;
      for (const std::int32_t i : indexes)
        mass += weight_at(logits[static_cast<std::size_t>(i)], summary.max);
      cut_sorted(logits, summary.max, sampling.top_p * mass, indexes);
    }
    drop_below(logits, min_p_bound, indexes);
  } else if (sampling.top_p < 1.0) {
    take_top_p(logits, summary, sampling.top_p * summary.mass, indexes);
    drop_below(logits, min_p_bound, indexes);
  } else {
    indexes_above(logits, min_p_bound, indexes);
  }
  Candidates& kept = space.candidates;
  kept.ids.assign(indexes.begin(), indexes.end());
  kept.weights.clear();
  kept.total = 0;
  for (const std::int32_t i : indexes) {
    const double below =
        static_cast<double>(logits[static_cast<std::size_t>(i)]) - static_cast<double>(summary.max);
    kept.weights.push_back(std::exp(below / sampling.temperature));
    kept.total += kept.weights.back();
  }
}

struct Sampler::ChainSpace {
  std::vector<llama_token_data> data;
  std::vector<double> weights;
};

void Sampler::FreeChain::operator()(llama_sampler* chain) const { llama_sampler_free(chain); }

Sampler::Sampler(const Vocab& vocab, chat::Sampling sampling, const base::RngKey& key,
                 std::span<const Token> prompt, Token turn_opener)
    : sampling_(std::move(sampling)), key_(key), masked_(vocab.suppressed()) {
  if (sampling_.ignore_end) {
    masked_.insert(masked_.end(), vocab.end_tokens().begin(), vocab.end_tokens().end());
    if (vocab.holds(turn_opener)) masked_.push_back(turn_opener);
  }
  std::erase_if(masked_, [&](Token token) { return !vocab.holds(token); });
  std::ranges::sort(masked_);
  const auto again = std::ranges::unique(masked_);
  masked_.erase(again.begin(), again.end());
  if (needs_chain(sampling_)) make_chain(vocab, prompt);
}

Sampler::~Sampler() = default;

void Sampler::make_chain(const Vocab& vocab, std::span<const Token> prompt) {
  const chat::Sampling& s = sampling_;
  base::RngKey seed_key = key_;
  seed_key.stream = base::stream_of_part(base::RngStream::kSamplerSeed, base::part_of(key_.stream));
  // llama.cpp takes this one value for "random".
  const auto seed_at = [&](std::uint32_t i) {
    const auto seed = static_cast<std::uint32_t>(base::random_bits(seed_key, i));
    return seed == LLAMA_DEFAULT_SEED ? 0U : seed;
  };
  const auto as_float = [](double value) { return static_cast<float>(value); };
  const auto n_vocab = static_cast<std::int32_t>(vocab.size());
  llama_sampler* chain = llama_sampler_chain_init(llama_sampler_chain_default_params());
  chain_.reset(chain);
  chain_space_ = std::make_unique<ChainSpace>();
  const auto add = [chain](llama_sampler* one) { llama_sampler_chain_add(chain, one); };

  if (s.mirostat != 0) {
    add(llama_sampler_init_temp(as_float(s.temperature)));
    add(s.mirostat == 1
            ? llama_sampler_init_mirostat(n_vocab, seed_at(0), as_float(s.mirostat_tau),
                                          as_float(s.mirostat_eta), kMirostatM)
            : llama_sampler_init_mirostat_v2(seed_at(0), as_float(s.mirostat_tau), as_float(s.mirostat_eta)));
    return;
  }
  const std::int32_t dry_window =
      std::max(kMinDryWindow, static_cast<std::int32_t>(prompt.size() + s.max_tokens));
  const char* breakers[] = {"\n", ":", "\"", "*"};  // llama.cpp's
  add(llama_sampler_init_penalties(n_vocab, static_cast<std::int32_t>(s.penalty_last_n),
                                   as_float(s.repeat_penalty), as_float(s.frequency_penalty),
                                   as_float(s.presence_penalty)));
  add(llama_sampler_init_dry(vocab.raw(), as_float(s.dry_multiplier), as_float(s.dry_base),
                             static_cast<std::int32_t>(s.dry_allowed_length), dry_window, breakers,
                             std::size(breakers)));
  if (s.top_n_sigma > 0) add(llama_sampler_init_top_n_sigma(as_float(s.top_n_sigma)));
  add(llama_sampler_init_top_k(static_cast<std::int32_t>(s.top_k)));
  add(llama_sampler_init_typical(as_float(s.typical_p), 0));
  add(llama_sampler_init_top_p(as_float(s.top_p), 0));
  add(llama_sampler_init_min_p(as_float(s.min_p), 0));
  add(llama_sampler_init_xtc(as_float(s.xtc_probability), as_float(s.xtc_threshold), 0, seed_at(1)));
  add(llama_sampler_init_temp(as_float(s.temperature)));
  for (const Token token : prompt) llama_sampler_accept(chain, token);
}

Drawn Sampler::draw(std::span<float> logits, std::uint32_t position, DrawSpace& space) {
  Drawn drawn;
  const LogitSummary raw = summarize(logits);
  if (!raw.is_sound()) return drawn;
  LogitSummary summary = raw;
  bool whole = true;
  for (const Token token : masked_) {
    float& logit = logits[static_cast<std::size_t>(token)];
    whole = whole && summary.take_out(logit);
    logit = kMinusInfinity;
  }
  if (!whole) summary = summarize(logits);
  if (!summary.is_sound()) return drawn;

  const double uniform = base::random_uniform(key_, position);
  drawn.token = chain_ ? draw_by_chain(logits, uniform) : draw_fused(logits, summary, uniform, space);
  drawn.entropy_nats = raw.entropy_nats;
  drawn.surprisal_nats = raw.surprisal_nats(logits[static_cast<std::size_t>(drawn.token)]);
  return drawn;
}

Token Sampler::draw_fused(std::span<const float> logits, const LogitSummary& summary, double uniform,
                          DrawSpace& space) const {
  if (sampling_.temperature <= 0) return summary.argmax;
  const bool truncates = (sampling_.top_k > 0 && sampling_.top_k < logits.size()) || sampling_.top_p < 1.0 ||
                         sampling_.min_p > 0;
  if (truncates) {
    select_candidates(logits, summary, sampling_, space);
    const Candidates& kept = space.candidates;
    return kept.ids[index_at<double>(kept.weights, uniform * kept.total)];
  }
  const auto scale = static_cast<float>(1.0 / sampling_.temperature);
  const double total = weights_of(logits, summary.max, scale, space.weights, space.block_sums);
  double target = uniform * total;
  std::size_t block = 0;
  while (block + 1 < space.block_sums.size() && target >= space.block_sums[block]) {
    target -= space.block_sums[block++];
  }
  const std::size_t begin = block * kWeightBlock;
  const std::size_t count = std::min(kWeightBlock, space.weights.size() - begin);
  return static_cast<Token>(begin + index_at<float>(std::span(space.weights).subspan(begin, count), target));
}

Token Sampler::draw_by_chain(std::span<const float> logits, double uniform) {
  std::vector<llama_token_data>& data = chain_space_->data;
  data.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] != kMinusInfinity) data.push_back({static_cast<Token>(i), logits[i], 0.0F});
  }
  llama_token_data_array array = {data.data(), data.size(), -1, false};
  llama_sampler_apply(chain_.get(), &array);
  std::size_t chosen = 0;
  if (array.selected >= 0) {
    chosen = static_cast<std::size_t>(array.selected);
  } else {
    float max = kMinusInfinity;
    for (std::size_t i = 0; i < array.size; ++i) max = std::max(max, array.data[i].logit);
    std::vector<double>& weights = chain_space_->weights;
    weights.resize(array.size);
    for (std::size_t i = 0; i < array.size; ++i) weights[i] = weight_at(array.data[i].logit, max);
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    chosen = index_at<double>(weights, uniform * total);
  }
  const Token token = array.data[chosen].id;
  llama_sampler_accept(chain_.get(), token);
  return token;
}

}  // namespace duologue::model::llama
