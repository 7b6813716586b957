#include "measure/statistics/power.h"

#include <cmath>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

TEST(Power, OraclesOfTwoRates) {
  EXPECT_EQ(*conversations_per_arm(.7, .5), 93U);
  EXPECT_EQ(*conversations_per_arm(.5, .7), 93U);
  EXPECT_EQ(*conversations_per_arm(.7, .4), 42U);
}

TEST(Power, AsStatsmodels) {  // NormalIndPower of statsmodels 0.15
  EXPECT_EQ(*conversations_per_arm(.1, .15), 681U);
  EXPECT_NEAR(*power_of_rates(.7, .5, 100), 0.82891890811, 1e-11);
  EXPECT_NEAR(*power_of_rates(.3, .5, 40, .01), 0.231031668723, 1e-11);
}

TEST(Power, OracleOfTheLogRankTest) {
  EXPECT_EQ(*log_rank_events(.5), 66U);
  EXPECT_EQ(*log_rank_events(2.0), 66U);
  EXPECT_GT(*log_rank_events(.5, .2), 66U);  // unequal arms need more
}

TEST(Power, SizeAndPowerAgree) {
  for (const double power : {.5, .8, .9, .99}) {
    for (const double level : {.01, .05, .1}) {
      const std::uint64_t n = *conversations_per_arm(.6, .35, {level, power});
      EXPECT_GE(*power_of_rates(.6, .35, n, level), power - 1e-6);
      // The size counts the near tail alone; the far one adds a little to the power.
      EXPECT_LT(*power_of_rates(.6, .35, n - 1, level), power + 1e-3);
    }
  }
}

TEST(Power, WithoutADifferencePowerIsTheLevel) {
  EXPECT_NEAR(*power_of_rates(.4, .4, 50), .05, 1e-12);
  EXPECT_NEAR(*power_of_rates(0, 1, 1000), 1, 1e-12);
}

TEST(Power, RefusesWhatCannotBe) {
  EXPECT_FALSE(conversations_per_arm(.5, .5));
  EXPECT_FALSE(conversations_per_arm(.5, .5 + 1e-12));
  EXPECT_FALSE(conversations_per_arm(-.1, .5));
  EXPECT_FALSE(conversations_per_arm(std::nan(""), .5));
  EXPECT_FALSE(conversations_per_arm(.7, .5, {.05, .04}));
  EXPECT_FALSE(conversations_per_arm(.7, .5, {0, .8}));
  EXPECT_FALSE(conversations_per_arm(.7, .5, {.05, 1}));
  EXPECT_FALSE(power_of_rates(.7, .5, 0));
  for (const double ratio : {0.0, -1.0, 1.0, std::nan(""), std::exp(1000.0)})
    EXPECT_FALSE(log_rank_events(ratio));
  EXPECT_FALSE(log_rank_events(.5, 1));
}

}  // namespace
}  // namespace duologue::measure
