#include "measure/meaning_window.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

TurnEmbedding turn_of(std::vector<float> vector) { return {std::move(vector), {}}; }

TurnEmbedding at_angle(double radians) {
  return turn_of({static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))});
}

TEST(MeaningWindow, MeasuresDistancesToTheTurnBeforeAndTheOneBeforeThat) {
  MeaningWindow window;
  EXPECT_FALSE(window.add(turn_of({1, 0})).distance[0]);
  const auto second = window.add(turn_of({0, 1}));
  EXPECT_DOUBLE_EQ(*second.distance[0], 1);
  EXPECT_FALSE(second.distance[1]);
  const auto third = window.add(turn_of({-1, 0}));
  EXPECT_DOUBLE_EQ(*third.distance[0], 1);
  EXPECT_DOUBLE_EQ(*third.distance[1], 2);
}

TEST(MeaningWindow, TurnsThatArentMeasuredKeepTheirPlace) {
  MeaningWindow window;
  window.add(turn_of({1, 0}));
  window.skip();
  const auto third = window.add(turn_of({1, 0}));
  EXPECT_FALSE(third.distance[0]);
  EXPECT_DOUBLE_EQ(*third.distance[1], 0);
  EXPECT_DOUBLE_EQ(*third.velocity, 0);
}

TEST(MeaningWindow, ATurnWithoutAVectorHasNoValuesAndIsNoZero) {
  MeaningWindow window;
  window.add(at_angle(0));
  const auto missing = window.add(turn_of({}));
  EXPECT_FALSE(missing.distance[0]);
  EXPECT_FALSE(missing.path);
  EXPECT_FALSE(missing.displacement);
  const auto next = window.add(at_angle(0.2));
  EXPECT_FALSE(next.distance[0]);
  EXPECT_NEAR(*next.path, 0.2, 1e-6);
}

// measurement.md section 3: angles 0, .1, .3, .1 give path .5, disp .1, straight .2.
TEST(MeaningWindow, FollowsThePath) {
  MeaningWindow window;
  const auto first = window.add(at_angle(0));
  EXPECT_FALSE(first.velocity);
  EXPECT_DOUBLE_EQ(*first.path, 0);
  EXPECT_FALSE(first.straightness);
  window.add(at_angle(0.1));
  window.add(at_angle(0.3));
  const auto last = window.add(at_angle(0.1));
  EXPECT_NEAR(*last.velocity, 0.2, 1e-6);
  EXPECT_NEAR(*last.path, 0.5, 1e-6);
  EXPECT_NEAR(*last.displacement, 0.1, 1e-6);
  EXPECT_NEAR(*last.straightness, 0.2, 1e-6);
}

TEST(MeaningWindow, EqualTurnsAreNoDistanceApart) {
  MeaningWindow window;
  const std::vector<float> vector(3, 1.0F / std::numbers::sqrt3_v<float>);
  for (int i = 0; i < 5; ++i) {
    const auto features = window.add(turn_of(vector));
    EXPECT_FALSE(std::isnan(*features.displacement));
    EXPECT_NEAR(*features.displacement, 0, 1e-3);
  }
}

TEST(MeaningWindow, CoherenceIsTheMeanCosineOfAdjacentSentences) {
  MeaningWindow window;
  const auto first = window.add({{1, 0}, {{1, 0}, {0, 1}, {0, 1}}});
  EXPECT_DOUBLE_EQ(*first.coherence, 0.5);
  EXPECT_FALSE(first.coherence_step);
  const auto second = window.add({{1, 0}, {{1, 0}, {-1, 0}}});
  EXPECT_DOUBLE_EQ(*second.coherence, -1);
  EXPECT_DOUBLE_EQ(*second.coherence_step, 1.5);
  const auto lone = window.add({{1, 0}, {{1, 0}}});
  EXPECT_FALSE(lone.coherence);
  EXPECT_FALSE(window.add({{1, 0}, {{1, 0}, {1, 0}}}).coherence_step);
}

// measurement.md section 3, Vendi scores of the rows 100, 100, 010, (.6, .8, 0).
TEST(Spread, IsTheVendiScoreOfOrdersOneAndTwo) {
  const std::vector<double> gram{1, 1, 0, 0.6, 1, 1, 0, 0.6, 0, 0, 1, 0.8, 0.6, 0.6, 0.8, 1};
  const Spread spread = spread_of(gram, 4);
  EXPECT_NEAR(spread.effective_rank, 1.9106560, 5e-8);
  EXPECT_NEAR(spread.participation, 1.8348624, 5e-8);
}

TEST(MeaningWindow, CountsTheDirectionsOfTheLastTurns) {
  MeaningWindow window;
  const auto unit = [](std::size_t axis) {
    std::vector<float> vector(32);
    vector[axis] = 1;
    return turn_of(vector);
  };
  for (std::size_t i = 0; i < kSpreadTurns - 1; ++i) EXPECT_FALSE(window.add(unit(i)).participation);
  const auto all = window.add(unit(kSpreadTurns - 1));
  EXPECT_NEAR(*all.participation, kSpreadTurns, 1e-9);
  EXPECT_NEAR(*all.effective_rank, kSpreadTurns, 1e-9);
  // Half the window says one thing: 8 directions of 1 and one of 8.
  MeaningFeatures features;
  for (std::size_t i = 0; i < kSpreadTurns / 2; ++i) features = window.add(unit(31));
  EXPECT_NEAR(*features.participation, 256.0 / (8 + 64), 1e-9);
  for (std::size_t i = 0; i < kSpreadTurns / 2; ++i) features = window.add(unit(31));
  EXPECT_NEAR(*features.participation, 1, 1e-9);
  EXPECT_NEAR(*features.effective_rank, 1, 1e-6);
}

}  // namespace
}  // namespace duologue::measure
