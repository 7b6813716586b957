#include "measure/statistics/cox.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

struct Sample {
  std::vector<TimeToEvent> times;
  std::vector<double> covariates;
  std::size_t columns = 1;

  CoxData data() const { return {times, covariates, columns}; }
};

// measurement.md §4, the covariate 1 in arm B; `tied` makes A's 7 and B's 8 a 6.
Sample oracle(bool tied) {
  Sample sample;
  for (const double time : {6.0, tied ? 6.0 : 7.0, 9.0, 10.0, 12.0, 15.0, 18.0})
    sample.times.push_back({time, true});
  for (int i = 0; i < 3; ++i) sample.times.push_back({25, false});
  for (const double time : {tied ? 6.0 : 8.0, 14.0, 16.0, 20.0}) sample.times.push_back({time, true});
  for (int i = 0; i < 6; ++i) sample.times.push_back({25, false});
  sample.covariates.resize(10, 0.0);
  sample.covariates.resize(20, 1.0);
  return sample;
}

TEST(Cox, OraclesToThePrintedDigits) {
  const CoxModel model = *fit_cox(oracle(false).data());
  // The design prints -.9557912681, where its source's iteration stopped; to 50 digits it is
  // -.955791268238647695...
  EXPECT_NEAR(model.coefficients[0].beta, -.9557912681, 2e-10);
  EXPECT_NEAR(model.coefficients[0].beta, -.955791268238647695, 1e-14);
  EXPECT_NEAR(model.coefficients[0].standard_error, .6316107239, 5e-11);
  const Sample tied = oracle(true);
  EXPECT_NEAR(fit_cox(tied.data(), Ties::kEfron)->coefficients[0].beta, -.9372271792, 5e-11);
  EXPECT_NEAR(fit_cox(tied.data(), Ties::kBreslow)->coefficients[0].beta, -.9282556027, 5e-11);
}

TEST(Cox, WithoutTiesTheScoreTestIsTheLogRankTest) {
  const CoxModel model = *fit_cox(oracle(false).data());
  EXPECT_NEAR(model.score.statistic, 2.4609845510, 5e-11);
  EXPECT_NEAR(model.score.p_value, .1167056096, 5e-11);
  EXPECT_EQ(fit_cox(oracle(false).data(), Ties::kBreslow)->coefficients[0].beta, model.coefficients[0].beta);
}

// In Python (class Lcg as in survival_test.cc): g = Lcg(9); for 80 times: x = [g.below(1000) / 100,
// g.below(2), g.below(50)]; T.append(g.below(30) + 1 + (6 if x[1] else 0)); E.append(g.below(4) > 0);
// X.append(x). Many ties.
Sample tied_sample() {
  testing::Lcg random(9);
  Sample sample;
  sample.columns = 3;
  for (int i = 0; i < 80; ++i) {
    const double a = random.below(1000) / 100.0;
    const double b = random.below(2);
    const double c = random.below(50);
    const double time = random.below(30) + 1 + 6 * b;
    sample.times.push_back({time, random.below(4) > 0});
    sample.covariates.insert(sample.covariates.end(), {a, b, c});
  }
  return sample;
}

TEST(Cox, AsStatsmodelsAndLifelines) {  // PHReg of statsmodels 0.15; the likelihood ratio by lifelines 0.30
  const Sample sample = tied_sample();
  const CoxModel efron = *fit_cox(sample.data());
  const CoxModel breslow = *fit_cox(sample.data(), Ties::kBreslow);
  const std::vector<double> efron_betas{-0.0175336130674, -0.876282487454, -0.00600256398953};
  const std::vector<double> efron_errors{0.0508569325488, 0.291091370279, 0.00984958963234};
  const std::vector<double> breslow_betas{-0.0157399440568, -0.843114162739, -0.00523695875822};
  const std::vector<double> breslow_errors{0.0508988471777, 0.289388577273, 0.00984346372919};
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(efron.coefficients[c].beta, efron_betas[c], 1e-10);
    EXPECT_NEAR(efron.coefficients[c].standard_error, efron_errors[c], 1e-10);
    EXPECT_NEAR(breslow.coefficients[c].beta, breslow_betas[c], 1e-10);
    EXPECT_NEAR(breslow.coefficients[c].standard_error, breslow_errors[c], 1e-10);
  }
  EXPECT_NEAR(efron.log_likelihood, -209.403999263, 1e-9);
  EXPECT_NEAR(breslow.log_likelihood, -212.389907392, 1e-9);
  EXPECT_NEAR(efron.likelihood_ratio.statistic, 9.00919312903, 1e-8);
  EXPECT_NEAR(efron.likelihood_ratio.p_value, 0.0291689082439, 1e-9);
  EXPECT_NEAR(efron.covariance[1], 0.00369921271122, 1e-8);
  EXPECT_NEAR(efron.covariance[5], 0.000559904630566, 1e-8);
}

// In Python: g = Lcg(21); for i in range(60): x = [g.below(1000) / 100, g.below(2)]; T.append(i * 7 % 60 + 1
// + g.below(1000) / 2000); E.append(g.below(4) > 0). proportional_hazard_test of lifelines 0.30 for identity
// and rank; Kaplan-Meier (left-continuous, as in R) and the tests of all columns by Grambsch & Therneau's
// formulas in numpy, from lifelines' Schoenfeld residuals and covariance. Its iteration stops at about 1e-7.
TEST(Cox, TheCheckAsLifelines) {
  testing::Lcg random(21);
  Sample sample;
  sample.columns = 2;
  for (int i = 0; i < 60; ++i) {
    const double a = random.below(1000) / 100.0;
    const double b = random.below(2);
    const double time = i * 7 % 60 + 1 + random.below(1000) / 2000.0;
    sample.times.push_back({time, random.below(4) > 0});
    sample.covariates.insert(sample.covariates.end(), {a, b});
  }
  const CoxModel model = *fit_cox(sample.data());
  struct Want {
    TimeScale scale;
    double first, second, all, first_p, second_p, all_p;
  };
  const std::vector<Want> wants{{TimeScale::kIdentity, 0.083126088835, 3.87307568137, 3.87384155619,
                                 0.773104896564, 0.0490665269504, 0.144147128099},
                                {TimeScale::kRank, 0.0956315125001, 4.03858261571, 4.04045086966,
                                 0.757136342876, 0.0444711574252, 0.132625563289},
                                {TimeScale::kKaplanMeier, 0.0707526078718, 4.10151260333, 4.10151884118,
                                 0.790244119704, 0.042844866188, 0.128637176764}};
  for (const Want& want : wants) {
    const auto check = *check_proportional_hazards(sample.data(), model, want.scale);
    EXPECT_NEAR(check.columns[0]->statistic, want.first, 2e-6);
    EXPECT_NEAR(check.columns[1]->statistic, want.second, 2e-6);
    EXPECT_NEAR(check.all->statistic, want.all, 2e-6);
    EXPECT_NEAR(check.columns[0]->p_value, want.first_p, 2e-6);
    EXPECT_NEAR(check.columns[1]->p_value, want.second_p, 2e-6);
    EXPECT_NEAR(check.all->p_value, want.all_p, 2e-6);
    EXPECT_EQ(check.all->degrees, 2U);
  }
  const auto check = *check_proportional_hazards(sample.data(), model);
  const std::vector<double> betas{0.0980917034033, 2.69630706814,  -0.340595233996,
                                  -1.59999804663,  0.461075246917, 2.42179404586};
  for (std::size_t i = 0; i < betas.size(); ++i) EXPECT_NEAR(check.beta_at_event[i], betas[i], 1e-5);
}

TEST(Cox, UnitsAndOriginOfACovariateDoNotMatter) {
  Sample sample = oracle(false);
  const CoxModel model = *fit_cox(sample.data());
  for (double& x : sample.covariates) x = 1e6 + 1000 * x;
  const CoxModel scaled = *fit_cox(sample.data());
  EXPECT_NEAR(scaled.coefficients[0].beta * 1000, model.coefficients[0].beta, 1e-9);
  EXPECT_NEAR(scaled.coefficients[0].standard_error * 1000, model.coefficients[0].standard_error, 1e-9);
  EXPECT_NEAR(scaled.log_likelihood, model.log_likelihood, 1e-9);
}

TEST(Cox, RefusesWhatHasNoEstimate) {
  Sample sample = oracle(false);
  const auto message = [&] {
    const auto refused = fit_cox(sample.data());
    return refused ? std::string("fitted") : refused.error().message;
  };
  sample.covariates.assign(20, 3.7);
  EXPECT_NE(message().find("covariate 1 doesn't vary"), std::string::npos) << message();
  sample.covariates.assign(20, 0.0);
  for (int i = 0; i < 7; ++i) sample.covariates[i] = 1;  // every event in arm A, and some more of B's
  for (int i = 10; i < 14; ++i) sample.covariates[i] = 1;
  EXPECT_NE(message().find("no finite estimate"), std::string::npos) << message();
  sample = oracle(false);
  sample.covariates[4] = std::nan("");
  EXPECT_NE(message().find("number 5 is nan"), std::string::npos) << message();
  sample = oracle(false);
  for (TimeToEvent& told : sample.times) told.event = false;
  EXPECT_NE(message().find("nobody has an event"), std::string::npos) << message();
  sample = oracle(false);
  sample.times[3].time = -1;
  EXPECT_NE(message().find("time 4"), std::string::npos) << message();
  sample = oracle(false);
  sample.covariates.pop_back();
  EXPECT_NE(message().find("19 numbers for 20 times"), std::string::npos) << message();
  sample = oracle(false);
  sample.columns = 2;  // twice the same
  std::vector<double> doubled;
  for (const double x : sample.covariates) doubled.insert(doubled.end(), {x, 2 * x + 1});
  sample.covariates = doubled;
  EXPECT_NE(message().find("can't be told apart"), std::string::npos) << message();
  EXPECT_FALSE(fit_cox({}));
}

// A hazard that really changes its sign: the check must see it; one that is proportional: it must not.
TEST(Cox, TheCheckSeesACrossingHazard) {
  testing::Lcg random(2);
  Sample crossing;
  Sample proportional;
  for (int i = 0; i < 400; ++i) {
    const double x = i % 2;
    const double early = 0.5 + random.below(1000) / 100.0;
    const double u = (random.below(9999) + 1) / 10'000.0;
    crossing.times.push_back({x > 0 ? 4 + early / 5 : early, true});
    crossing.covariates.push_back(x);
    proportional.times.push_back({-std::log(u) / std::exp(0.7 * x), true});
    proportional.covariates.push_back(x);
  }
  for (const TimeScale scale : {TimeScale::kIdentity, TimeScale::kRank, TimeScale::kKaplanMeier}) {
    const auto seen = check_proportional_hazards(crossing.data(), *fit_cox(crossing.data()), scale);
    EXPECT_LT(seen->columns[0]->p_value, 1e-6);
    EXPECT_NEAR(seen->all->statistic, seen->columns[0]->statistic, 1e-9);
    const auto not_seen =
        check_proportional_hazards(proportional.data(), *fit_cox(proportional.data()), scale);
    EXPECT_GT(not_seen->columns[0]->p_value, 0.05);
  }
}

TEST(Cox, ResidualsOfTheCheckAverageToTheCoefficient) {
  const Sample sample = oracle(true);
  for (const Ties ties : {Ties::kEfron, Ties::kBreslow}) {
    const CoxModel model = *fit_cox(sample.data(), ties);
    const auto check = *check_proportional_hazards(sample.data(), model);
    double sum = 0;
    for (const double beta : check.beta_at_event) sum += beta;
    EXPECT_NEAR(sum / static_cast<double>(check.beta_at_event.size()), model.coefficients[0].beta, 1e-9);
    EXPECT_TRUE(std::ranges::is_sorted(check.event_times));
  }
}

TEST(Cox, TheCheckIsNullWhereAllEventsHaveOneTime) {
  const Sample sample{{{3, true}, {3, true}, {3, true}, {5, false}}, {0, 1, 2, 1}, 1};
  const auto check = check_proportional_hazards(sample.data(), *fit_cox(sample.data()));
  ASSERT_TRUE(check);
  EXPECT_FALSE(check->columns[0]);
  EXPECT_FALSE(check->all);
  EXPECT_FALSE(check_proportional_hazards(sample.data(), CoxModel{}));
}

}  // namespace
}  // namespace duologue::measure
