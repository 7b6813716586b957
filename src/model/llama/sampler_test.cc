#include "model/llama/sampler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>

#include <gtest/gtest.h>
#include <llama.h>

#include "model/llama/backend.h"
#include "model/llama/testing/tiny_model.h"

namespace duologue::model::llama {
namespace {

std::vector<float> random_logits(std::size_t n, double spread, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, spread);
  std::vector<float> logits(n);
  for (float& x : logits) x = static_cast<float>(normal(random));
  return logits;
}

// The distribution by llama.cpp's own samplers.
std::map<Token, double> by_llama_cpp(const std::vector<float>& logits, const chat::Sampling& s) {
  const std::unique_ptr<llama_sampler, decltype(&llama_sampler_free)> chain(
      llama_sampler_chain_init(llama_sampler_chain_default_params()), &llama_sampler_free);
  llama_sampler_chain_add(chain.get(), llama_sampler_init_top_k(static_cast<std::int32_t>(s.top_k)));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_top_p(static_cast<float>(s.top_p), 0));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_min_p(static_cast<float>(s.min_p), 0));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(static_cast<float>(s.temperature)));
  std::vector<llama_token_data> data;
  for (std::size_t i = 0; i < logits.size(); ++i) data.push_back({static_cast<Token>(i), logits[i], 0});
  llama_token_data_array array = {data.data(), data.size(), -1, false};
  llama_sampler_apply(chain.get(), &array);
  double max = -INFINITY;
  for (std::size_t i = 0; i < array.size; ++i) max = std::max(max, static_cast<double>(array.data[i].logit));
  double total = 0;
  for (std::size_t i = 0; i < array.size; ++i)
    total += std::exp(static_cast<double>(array.data[i].logit) - max);
  std::map<Token, double> distribution;
  for (std::size_t i = 0; i < array.size; ++i) {
    distribution[array.data[i].id] = std::exp(static_cast<double>(array.data[i].logit) - max) / total;
  }
  return distribution;
}

TEST(Sampler, FusedPassKeepsWhatLlamaCppKeeps) {
  start_backend();
  int compared = 0;
  for (const double spread : {0.5, 2.0, 5.0}) {
    for (const std::uint32_t top_k : {0U, 1U, 40U, 5000U}) {
      for (const double top_p : {1.0, 0.999, 0.95, 0.5, 0.01}) {
        for (const double min_p : {0.0, 0.05, 0.3}) {
          chat::Sampling s;
          s.temperature = 0.7;
          s.top_k = top_k;
          s.top_p = top_p;
          s.min_p = min_p;
          const std::vector<float> logits = random_logits(20011, spread, top_k + 3);
          DrawSpace space;
          select_candidates(logits, summarize(logits), s, space);
          std::map<Token, double> expected = by_llama_cpp(logits, s);
          double only_one_has = 0;
          double off = 0;
          for (std::size_t i = 0; i < space.candidates.ids.size(); ++i) {
            const double p = space.candidates.weights[i] / space.candidates.total;
            const auto found = expected.find(space.candidates.ids[i]);
            if (found == expected.end()) {
              only_one_has += p;
              continue;
            }
            off = std::max(off, std::abs(p - found->second));
            expected.erase(found);
          }
          for (const auto& [token, p] : expected) only_one_has += p;
          // llama.cpp sums thousands of floats in a row, which can shift the edge of top-p by a token.
          const double rounding = top_p < 1.0 && top_k != 1 && top_k != 40 ? 3e-4 : 0;
          ASSERT_LE(only_one_has, rounding) << spread << " " << top_k << " " << top_p << " " << min_p;
          ASSERT_LE(off, 1e-5 + only_one_has);
          ++compared;
        }
      }
    }
  }
  EXPECT_EQ(compared, 180);
}

class SamplerDraws : public ::testing::Test {
 protected:
  SamplerDraws() {
    start_backend();
    llama_model_params params = llama_model_default_params();
    params.vocab_only = true;
    model_.reset(llama_model_load_from_file(testing::tiny_model().c_str(), params));
    vocab_ = std::make_unique<Vocab>(model_.get());
    logits_ = random_logits(vocab_->size(), 2, 11);
  }

  Drawn draw(const chat::Sampling& sampling, base::RngKey key, std::uint32_t position,
             std::span<const Token> prompt = {}) {
    Sampler sampler(*vocab_, sampling, key, prompt, 259);
    std::vector<float> logits = logits_;
    return sampler.draw(logits, position, space_);
  }

  std::unique_ptr<llama_model, decltype(&llama_model_free)> model_{nullptr, &llama_model_free};
  std::unique_ptr<Vocab> vocab_;
  std::vector<float> logits_;
  DrawSpace space_;
};

TEST_F(SamplerDraws, FrequenciesAreTheDistribution) {
  chat::Sampling sampling;
  sampling.temperature = 1.3;
  for (const double top_p : {1.0, 0.8}) {
    sampling.top_p = top_p;
    std::map<Token, int> counts;
    constexpr int kDraws = 40'000;
    for (std::uint32_t i = 0; i < kDraws; ++i) ++counts[draw(sampling, {5, 0, 1, {}}, i).token];
    for (const auto& [token, p] : by_llama_cpp(logits_, sampling)) {
      const double sigma = std::sqrt(p * (1 - p) * kDraws);
      EXPECT_NEAR(counts[token], p * kDraws, 5 * sigma + 1) << token;
    }
  }
}

TEST_F(SamplerDraws, ADrawIsAFunctionOfKeyAndPosition) {
  chat::Sampling sampling;
  std::vector<Token> first;
  std::vector<Token> other_seed;
  for (std::uint32_t i = 0; i < 50; ++i) {
    first.push_back(draw(sampling, {5, 2, 3, {}}, i).token);
    EXPECT_EQ(draw(sampling, {5, 2, 3, {}}, i).token, first.back());
    other_seed.push_back(draw(sampling, {6, 2, 3, {}}, i).token);
  }
  EXPECT_NE(first, other_seed);
}

TEST_F(SamplerDraws, TemperatureZeroTakesTheLikeliest) {
  chat::Sampling sampling;
  sampling.temperature = 0;
  const auto best = static_cast<Token>(std::ranges::max_element(logits_) - logits_.begin());
  EXPECT_EQ(draw(sampling, {1, 0, 1, {}}, 0).token, best);
  sampling.repeat_penalty = 1.0001;  // through llama.cpp's samplers
  EXPECT_EQ(draw(sampling, {1, 0, 1, {}}, 0).token, best);
}

TEST_F(SamplerDraws, EndTokensAreNeverDrawnWhenTheyAreIgnored) {
  chat::Sampling sampling;
  logits_[260] = 50;  // <|im_end|>
  logits_[259] = 49;  // <|im_start|>, which opens the next turn
  EXPECT_EQ(draw(sampling, {1, 0, 1, {}}, 0).token, 260);
  sampling.ignore_end = true;
  for (const double typical : {1.0, 0.9}) {
    sampling.typical_p = typical;
    for (std::uint32_t i = 0; i < 100; ++i) {
      const Drawn drawn = draw(sampling, {1, 0, 1, {}}, i);
      EXPECT_NE(drawn.token, 260);
      EXPECT_NE(drawn.token, 259);
      EXPECT_GT(drawn.entropy_nats, 0) << "of the raw distribution, end tokens included";
      EXPECT_GT(drawn.surprisal_nats, 30) << "its raw probability is tiny";
    }
  }
}

TEST_F(SamplerDraws, StatisticsAreOfTheRawDistribution) {
  double mass = 0;
  for (const float x : logits_) mass += std::exp(static_cast<double>(x));
  double entropy = 0;
  for (const float x : logits_) {
    const double p = std::exp(static_cast<double>(x)) / mass;
    entropy -= p * std::log(p);
  }
  chat::Sampling sampling;
  sampling.temperature = 0.2;
  sampling.top_k = 5;
  for (const double typical : {1.0, 0.9}) {
    sampling.typical_p = typical;
    const Drawn drawn = draw(sampling, {1, 0, 1, {}}, 3);
    EXPECT_NEAR(drawn.entropy_nats, entropy, 1e-5);
    const double p = std::exp(static_cast<double>(logits_[static_cast<std::size_t>(drawn.token)])) / mass;
    EXPECT_NEAR(drawn.surprisal_nats, -std::log(p), 1e-5);
  }
}

TEST_F(SamplerDraws, EveryOtherSamplerDrawsFromTheKeyAlone) {
  std::vector<chat::Sampling> all(7);
  all[0].repeat_penalty = 1.3;
  all[1].dry_multiplier = 0.8;
  all[2].typical_p = 0.8;
  all[3].top_n_sigma = 1.5;
  all[4].xtc_probability = 0.5;
  all[5].mirostat = 1;
  all[6].mirostat = 2;
  const std::vector<Token> prompt = {270, 271, 272, 270, 271};
  for (const chat::Sampling& sampling : all) {
    ASSERT_EQ(chat::check(sampling), "");
    EXPECT_TRUE(Sampler(*vocab_, sampling, {}, prompt, -1).uses_chain());
    std::vector<Token> tokens[2];
    for (auto& drawn : tokens) {
      Sampler sampler(*vocab_, sampling, {9, 0, 4, {}}, prompt, -1);
      for (std::uint32_t i = 0; i < 30; ++i) {
        std::vector<float> logits = logits_;
        drawn.push_back(sampler.draw(logits, i, space_).token);
        EXPECT_TRUE(vocab_->holds(drawn.back()));
      }
    }
    EXPECT_EQ(tokens[0], tokens[1]);
  }
}

TEST_F(SamplerDraws, PenaltiesLookBackIntoThePrompt) {
  chat::Sampling sampling;
  sampling.temperature = 0;
  const auto best = static_cast<Token>(std::ranges::max_element(logits_) - logits_.begin());
  sampling.presence_penalty = 2;
  sampling.frequency_penalty = 2;
  const std::vector<Token> said(20, best);
  EXPECT_EQ(draw(sampling, {}, 0).token, best);
  EXPECT_NE(draw(sampling, {}, 0, said).token, best);
}

TEST_F(SamplerDraws, LogitsThatAreNoNumbersGiveNoToken) {
  logits_[3] = NAN;
  EXPECT_EQ(draw({}, {}, 0).token, -1);
}

}  // namespace
}  // namespace duologue::model::llama
