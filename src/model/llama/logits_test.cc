#include "model/llama/logits.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace duologue::model::llama {
namespace {

std::vector<float> random_logits(std::size_t n, double spread, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(1.5, spread);
  std::vector<float> logits(n);
  for (float& x : logits) x = static_cast<float>(normal(random));
  return logits;
}

// The same quantities by the book, in double.
struct Reference {
  explicit Reference(const std::vector<float>& logits) {
    for (const float x : logits) max = std::max(max, static_cast<double>(x));
    for (const float x : logits) mass += std::exp(static_cast<double>(x) - max);
    for (const float x : logits) {
      const double p = std::exp(static_cast<double>(x) - max) / mass;
      if (p > 0) entropy -= p * std::log(p);
    }
  }
  double max = -INFINITY;
  double mass = 0;
  double entropy = 0;
};

TEST(Logits, SummaryAgreesWithTheDefinition) {
  for (const double spread : {0.01, 1.0, 4.0, 20.0}) {
    for (const std::size_t n : {1U, 7U, 31U, 32U, 33U, 2079U, 49152U, 100003U}) {
      const std::vector<float> logits = random_logits(n, spread, static_cast<unsigned>(n));
      const Reference reference(logits);
      const LogitSummary summary = summarize(logits);
      ASSERT_TRUE(summary.is_sound());
      EXPECT_EQ(static_cast<double>(summary.max), reference.max);
      EXPECT_EQ(logits[static_cast<std::size_t>(summary.argmax)], summary.max);
      EXPECT_NEAR(summary.mass / reference.mass, 1, 1e-6) << n << " " << spread;
      EXPECT_NEAR(summary.entropy_nats, reference.entropy, 2e-6 * (1 + reference.entropy))
          << n << " " << spread;
      EXPECT_NEAR(log_sum_exp(logits), reference.max + std::log(reference.mass), 1e-6);
      EXPECT_NEAR(summary.surprisal_nats(logits[n / 2]),
                  std::log(reference.mass) - (static_cast<double>(logits[n / 2]) - reference.max), 1e-6);
    }
  }
}

TEST(Logits, CountsWhatLiesAboveEachDepth) {
  const std::vector<float> logits = random_logits(5000, 3, 5);
  const LogitSummary summary = summarize(logits);
  for (std::size_t i = 0; i < kDepths.size(); ++i) {
    std::uint32_t count = 0;
    double mass = 0;
    for (const float x : logits) {
      if (x - summary.max < -kDepths[i]) continue;
      ++count;
      mass += std::exp(static_cast<double>(x) - static_cast<double>(summary.max));
    }
    EXPECT_EQ(summary.count_above[i], count);
    EXPECT_NEAR(summary.mass_above[i] / mass, 1, 1e-6);
  }
}

TEST(Logits, TakingOutIsAsIfItHadNeverBeenThere) {
  std::vector<float> logits = random_logits(3000, 3, 9);
  LogitSummary summary = summarize(logits);
  for (std::size_t i = 0; i < logits.size(); i += 7) {
    if (logits[i] == summary.max) continue;
    ASSERT_TRUE(summary.take_out(logits[i]));
    logits[i] = -INFINITY;
  }
  const LogitSummary expected = summarize(logits);
  EXPECT_NEAR(summary.mass / expected.mass, 1, 1e-6);
  EXPECT_EQ(summary.count_above, expected.count_above);
  for (std::size_t i = 0; i < kDepths.size(); ++i)
    EXPECT_NEAR(summary.mass_above[i] / expected.mass_above[i], 1, 1e-6);

  EXPECT_FALSE(summary.take_out(summary.max));
}

TEST(Logits, MinusInfinityIsNoMass) {
  std::vector<float> logits(100, -std::numeric_limits<float>::infinity());
  logits[40] = 2;
  logits[77] = 2;
  const LogitSummary summary = summarize(logits);
  ASSERT_TRUE(summary.is_sound());
  EXPECT_NEAR(summary.mass, 2, 1e-6);
  EXPECT_NEAR(summary.entropy_nats, std::log(2), 1e-6);
  EXPECT_EQ(summary.argmax, 40) << "the first of equals";
}

TEST(Logits, NumbersThatAreNoneAreFound) {
  std::vector<float> logits(100, 1);
  EXPECT_TRUE(summarize(logits).is_sound());
  logits[99] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(summarize(logits).is_sound());
  logits[99] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(summarize(logits).is_sound());
  logits.assign(100, -std::numeric_limits<float>::infinity());
  EXPECT_FALSE(summarize(logits).is_sound());
}

TEST(Logits, IndexesAndWeights) {
  const std::vector<float> logits = random_logits(1003, 2, 9);
  const LogitSummary summary = summarize(logits);
  std::vector<std::int32_t> indexes;
  indexes_above(logits, summary.max - 3, indexes);
  std::vector<std::int32_t> expected;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] >= summary.max - 3) expected.push_back(static_cast<std::int32_t>(i));
  }
  EXPECT_EQ(indexes, expected);
  std::vector<float> weights;
  std::vector<double> blocks;
  const double total = weights_of(logits, summary.max, 2.0F, weights, blocks);
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double w = std::exp(2.0 * (static_cast<double>(logits[i]) - static_cast<double>(summary.max)));
    EXPECT_NEAR(static_cast<double>(weights[i]), w, 1e-5 * w + 1e-30) << "the product is rounded to a float";
    sum += w;
  }
  EXPECT_NEAR(total / sum, 1, 1e-6);
  EXPECT_EQ(blocks.size(), 4U);
}

}  // namespace
}  // namespace duologue::model::llama
