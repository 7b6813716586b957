#include "measure/statistics/survival.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Times = std::vector<TimeToEvent>;

// measurement.md §4: + is censored.
Times arm_a() {
  return {{6, true},  {7, true},  {9, true},   {10, true},  {12, true},
          {15, true}, {18, true}, {25, false}, {25, false}, {25, false}};
}
Times arm_b() {
  Times times{{8, true}, {14, true}, {16, true}, {20, true}};
  times.resize(10, {25, false});
  return times;
}

// The same numbers in Python: class Lcg: state = (state * 6364136223846793005 + 1442695040888963407) % 2**64;
// below(n) = (state >> 33) % n; arms = [[(g.below(20) + 1, g.below(3) > 0) for _ in range(30 + 10 * i)] for i
// in range(3)].
std::vector<Times> three_arms() {
  testing::Lcg random(5);
  std::vector<Times> arms;
  for (int arm = 0; arm < 3; ++arm) {
    Times times;
    for (int i = 0; i < 30 + 10 * arm; ++i) {
      const double time = random.below(20) + 1;
      times.push_back({time, random.below(3) > 0});
    }
    arms.push_back(times);
  }
  return arms;
}

TEST(KaplanMeier, ByHand) {
  const SurvivalCurve curve = *kaplan_meier(Times{{2, true}, {1, true}, {2, false}, {3, true}, {1, true}});
  ASSERT_EQ(curve.steps.size(), 3U);
  EXPECT_EQ(curve.steps[0].at_risk, 5U);
  EXPECT_EQ(curve.steps[0].events, 2U);
  EXPECT_NEAR(curve.steps[0].survival, 3.0 / 5, 1e-15);
  EXPECT_EQ(curve.steps[1].censored, 1U);
  EXPECT_NEAR(curve.steps[1].survival, 3.0 / 5 * 2 / 3, 1e-15);  // who is censored at 2 was at risk at 2
  EXPECT_EQ(curve.steps[2].survival, 0.0);
  EXPECT_FALSE(curve.steps[2].interval);
  EXPECT_EQ(curve.survival_at(0.5), 1.0);
  EXPECT_EQ(curve.survival_at(1.0), curve.steps[0].survival);
  EXPECT_EQ(curve.survival_at(2.9), curve.steps[1].survival);
  EXPECT_EQ(curve.median(), 2.0);
}

TEST(KaplanMeier, AsLifelines) {  // KaplanMeierFitter of lifelines 0.30: log-log intervals, median
  const SurvivalCurve a = *kaplan_meier(arm_a());
  const std::vector<Interval> limits{{0.473009271362, 0.985281393367}, {0.408690781633, 0.945872645839},
                                     {0.32871659328, 0.891949041225},  {0.252668897004, 0.827220967029},
                                     {0.183605590619, 0.753174076998}, {0.122693165782, 0.670204637423},
                                     {0.071134492323, 0.577867330625}, {0.071134492323, 0.577867330625}};
  ASSERT_EQ(a.steps.size(), limits.size());
  for (std::size_t i = 0; i < limits.size(); ++i) {
    EXPECT_NEAR(a.steps[i].survival, i < 7 ? 0.9 - 0.1 * static_cast<double>(i) : 0.3, 1e-12);
    EXPECT_NEAR(a.steps[i].interval->low, limits[i].low, 1e-12);
    EXPECT_NEAR(a.steps[i].interval->high, limits[i].high, 1e-12);
  }
  EXPECT_EQ(a.median(), 12.0);
  EXPECT_EQ(a.median_low(), 6.0);
  EXPECT_FALSE(a.median_high());
  const SurvivalCurve b = *kaplan_meier(arm_b());
  EXPECT_FALSE(b.median());
  EXPECT_EQ(b.median_low(), 8.0);
  const SurvivalCurve tied = *kaplan_meier(three_arms()[1]);
  const std::vector<double> survival{0.95,           0.95,           0.898648648649,  0.821621621622,
                                     0.795945945946, 0.693243243243, 0.58659043659,   0.558657558658,
                                     0.441045441045, 0.411642411642, 0.411642411642,  0.28814968815,
                                     0.1920997921,   0.128066528067, 0.0640332640333, 0};
  ASSERT_EQ(tied.steps.size(), survival.size());
  for (std::size_t i = 0; i < survival.size(); ++i) EXPECT_NEAR(tied.steps[i].survival, survival[i], 1e-12);
  EXPECT_NEAR(tied.steps[6].interval->low, 0.415985245923, 1e-12);
  EXPECT_NEAR(tied.steps[6].interval->high, 0.722950395547, 1e-12);
  EXPECT_EQ(tied.median(), 12.0);
  EXPECT_EQ(tied.median_low(), 9.0);
  EXPECT_EQ(tied.median_high(), 15.0);
  EXPECT_NEAR(restricted_mean(three_arms()[1], 15)->mean, 10.8993168993, 1e-10);
}

TEST(KaplanMeier, WithoutEventsItIsOne) {
  const SurvivalCurve curve = *kaplan_meier(Times{{4, false}, {9, false}});
  for (const SurvivalStep& step : curve.steps) {
    EXPECT_EQ(step.survival, 1.0);
    EXPECT_FALSE(step.interval);
  }
  EXPECT_FALSE(curve.median());
  EXPECT_FALSE(curve.median_low());
  EXPECT_FALSE(curve.median_high());
}

TEST(LogRank, OracleToThePrintedDigits) {
  const LogRank test = *log_rank(std::vector<Times>{arm_a(), arm_b()});
  EXPECT_NEAR(*test.statistic, 2.4609845510, 5e-11);
  EXPECT_NEAR(*test.p_value, .1167056096, 5e-11);
  EXPECT_EQ(test.degrees, 1U);
  EXPECT_EQ(test.arms[0].observed, 7U);
  EXPECT_EQ(test.arms[1].observed, 4U);
  EXPECT_NEAR(test.arms[0].expected + test.arms[1].expected, 11.0, 1e-12);
}

TEST(LogRank, ThreeArmsAsLifelines) {  // multivariate_logrank_test of lifelines 0.30
  const LogRank test = *log_rank(three_arms());
  EXPECT_NEAR(*test.statistic, 2.2565067917, 1e-10);
  EXPECT_NEAR(*test.p_value, 0.323597960662, 1e-12);
  EXPECT_EQ(test.degrees, 2U);
}

TEST(LogRank, OrderOfArmsDoesNotMatter) {
  const std::vector<Times> arms = three_arms();
  const double statistic = *log_rank(arms)->statistic;
  EXPECT_NEAR(*log_rank(std::vector<Times>{arms[2], arms[0], arms[1]})->statistic, statistic, 1e-9);
  EXPECT_NEAR(*log_rank(std::vector<Times>{arms[1], arms[1]})->statistic, 0.0, 1e-12);
}

TEST(LogRank, NothingToCompareIsNull) {
  const LogRank none = *log_rank(std::vector<Times>{{{3, false}}, {{4, false}}});
  EXPECT_FALSE(none.statistic);
  EXPECT_FALSE(none.p_value);
  // All events after the other arm has left.
  EXPECT_FALSE(log_rank(std::vector<Times>{{{1, false}}, {{4, true}, {5, true}}})->statistic);
  // A third arm without anybody at risk takes no part.
  const std::vector<Times> with_third{arm_a(), arm_b(), {{1, false}}};
  EXPECT_NEAR(*log_rank(with_third)->statistic, 2.4609845510, 5e-11);
  EXPECT_EQ(log_rank(with_third)->degrees, 1U);
}

TEST(RestrictedMean, OraclesToThePrintedDigits) {
  EXPECT_NEAR(restricted_mean(arm_a(), 25)->mean, 15.2, 1e-12);
  EXPECT_NEAR(restricted_mean(arm_b(), 25)->mean, 20.8, 1e-12);
  EXPECT_NEAR(restricted_mean_difference(arm_a(), arm_b(), 25)->difference, 5.6, 1e-12);
}

// Without censoring it is a plain mean of times cut at the horizon, with the variance of one (divisor n).
TEST(RestrictedMean, WithoutCensoringIsAMean) {
  testing::Lcg random(3);
  Times times;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 40; ++i) {
    const double time = random.below(30) + 1;
    times.push_back({time, true});
    const double cut = std::min(time, 18.0);
    sum += cut;
    squares += cut * cut;
  }
  const RestrictedMean mean = *restricted_mean(times, 18);
  EXPECT_NEAR(mean.mean, sum / 40, 1e-12);
  EXPECT_NEAR(mean.standard_error, std::sqrt((squares / 40 - mean.mean * mean.mean) / 40), 1e-12);
}

TEST(RestrictedMean, HorizonsThatNobodySaw) {
  EXPECT_FALSE(restricted_mean(arm_a(), 25.5));
  EXPECT_FALSE(restricted_mean(arm_a(), 0));
  EXPECT_FALSE(restricted_mean(arm_a(), std::nan("")));
  const Times all{{1, true}, {3, true}};
  EXPECT_NEAR(restricted_mean(all, 100)->mean, 2.0, 1e-12);  // at 0 it stays
  EXPECT_NEAR(restricted_mean(all, 0.5)->mean, 0.5, 1e-12);
  EXPECT_EQ(restricted_mean(all, 0.5)->standard_error, 0.0);
  EXPECT_FALSE(restricted_mean_difference(all, all, 0.5)->p_value);
}

TEST(AalenJohansen, ByHand) {
  const auto curves =
      *aalen_johansen(std::vector<TimeToCause>{{1, 1}, {2, 0}, {2, 2}, {3, 1}, {4, 0}, {4, 2}});
  ASSERT_EQ(curves.size(), 2U);
  ASSERT_EQ(curves[0].size(), 4U);
  EXPECT_NEAR(curves[0][0].incidence, 1.0 / 6, 1e-15);
  EXPECT_NEAR(curves[1][1].incidence, 5.0 / 6 * 1 / 5, 1e-15);
  EXPECT_NEAR(curves[0][2].incidence, 1.0 / 6 + 5.0 / 6 * 4 / 5 * 1 / 3, 1e-15);
  EXPECT_NEAR(curves[1][3].incidence, 1.0 / 6 + 5.0 / 6 * 4 / 5 * 2 / 3 * 1 / 2, 1e-15);
}

// AalenJohansenFitter of lifelines 0.30. In Python (class Lcg above): g = Lcg(31); for i in range(40):
// T.append((i * 11) % 40 + 1 + g.below(100) / 1000); C.append(g.below(3)).
TEST(AalenJohansen, AsLifelines) {
  testing::Lcg random(31);
  std::vector<TimeToCause> times;
  for (int i = 0; i < 40; ++i) {
    const double time = i * 11 % 40 + 1 + random.below(100) / 1000.0;
    times.push_back({time, random.below(3)});
  }
  struct At {
    double time;
    double incidence;
    double variance;
    Interval interval;
  };
  const std::vector<std::vector<At>> want{
      {{5.09, 0.025641025641, 0.0006406041909, {0.00200474720727, 0.115264778147}},
       {15.063, 0.0791976840364, 0.0019282544661, {0.0203934498366, 0.191673836867}},
       {30.055, 0.139611861655, 0.00338675345195, {0.0507176893557, 0.272476981463}},
       {40.053, 0.179120523543, 0.00454684175214, {0.0712827667441, 0.326363455134}}},
      {{5.09, 0.0519943019943, 0.00128211783822, {0.00939816897505, 0.153666352071}},
       {15.063, 0.213514382869, 0.00449367590894, {0.1002520117, 0.354682666837}},
       {30.055, 0.465301519468, 0.00750700015569, {0.291491912504, 0.62199673513}},
       {40.053, 0.640268450685, 0.010888374844, {0.40142977366, 0.804280078691}}}};
  const auto curves = *aalen_johansen(times);
  for (std::size_t cause = 0; cause < 2; ++cause) {
    for (const At& at : want[cause]) {
      const auto after = std::ranges::upper_bound(curves[cause], at.time, {}, &IncidenceStep::time);
      const IncidenceStep& step = *std::prev(after);
      EXPECT_NEAR(step.incidence, at.incidence, 1e-11) << at.time;
      EXPECT_NEAR(step.variance, at.variance, 1e-12) << at.time;
      EXPECT_NEAR(step.interval->low, at.interval.low, 1e-11) << at.time;
      EXPECT_NEAR(step.interval->high, at.interval.high, 1e-11) << at.time;
    }
  }
}

TEST(AalenJohansen, CausesAndSurvivorsAddUpToOne) {
  testing::Lcg random(7);
  std::vector<TimeToCause> times;
  Times any;
  for (int i = 0; i < 200; ++i) {
    const double time = random.below(40) + 1;
    const std::uint32_t cause = random.below(4);
    times.push_back({time, cause});
    any.push_back({time, cause > 0});
  }
  const auto curves = *aalen_johansen(times);
  const SurvivalCurve all = *kaplan_meier(any);
  for (std::size_t i = 0; i < curves[0].size(); ++i) {
    double sum = all.survival_at(curves[0][i].time);
    for (const auto& curve : curves) sum += curve[i].incidence;
    EXPECT_NEAR(sum, 1.0, 1e-12);
  }
}

// With one cause it is 1 - Kaplan-Meier, and without censoring a plain proportion with its binomial variance.
TEST(AalenJohansen, KnownSpecialCases) {
  testing::Lcg random(8);
  std::vector<TimeToCause> times;
  Times plain;
  for (int i = 0; i < 60; ++i) {
    const double time = random.below(25) + 1;
    const bool event = random.below(3) > 0;
    times.push_back({time, event ? 1U : 0U});
    plain.push_back({time, event});
  }
  const auto single = *aalen_johansen(times);
  const SurvivalCurve curve = *kaplan_meier(plain);
  for (const IncidenceStep& step : single[0]) {
    EXPECT_NEAR(step.incidence, 1 - curve.survival_at(step.time), 1e-12);
  }
  for (TimeToCause& told : times) told.cause = 1 + random.below(2);
  const auto two = *aalen_johansen(times);
  for (const IncidenceStep& step : two[1]) {
    EXPECT_NEAR(step.variance, step.incidence * (1 - step.incidence) / 60, 1e-12) << step.time;
  }
}

TEST(Survival, RefusesWhatAreNoTimes) {
  EXPECT_FALSE(kaplan_meier({}));
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    const auto refused = kaplan_meier(Times{{1, true}, {bad, true}});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("time 2"), std::string::npos);
    EXPECT_FALSE(aalen_johansen(std::vector<TimeToCause>{{bad, 1}}));
    EXPECT_FALSE(log_rank(std::vector<Times>{{{1, true}}, {{bad, true}}}));
  }
  EXPECT_FALSE(log_rank(std::vector<Times>{{{1, true}}}));
  EXPECT_FALSE(log_rank(std::vector<Times>{{{1, true}}, {}}));
  EXPECT_FALSE(aalen_johansen(std::vector<TimeToCause>{{1, kMostCauses + 1}}));
}

}  // namespace
}  // namespace duologue::measure
