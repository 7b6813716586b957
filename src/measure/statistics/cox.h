// Cox's proportional hazards: how the hazard of an event (an onset) hangs together with one or more
// covariates. To be reported only with the check of its one assumption beside it. Values and pure functions;
// any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "measure/statistics/interval.h"
#include "measure/statistics/survival.h"

namespace duologue::measure {

// How events at one time share their risk set. Efron 1977 is the one to use; Breslow 1974 is what some
// programs do without being asked.
enum class Ties { kEfron, kBreslow };

inline constexpr std::size_t kMostCovariates = 64;

// One row of covariates for each time: row-major, as many numbers a row as there are columns. Views: the
// numbers must outlive the call.
struct CoxData {
  std::span<const TimeToEvent> times;
  std::span<const double> covariates;
  std::size_t columns = 1;  // 1 to kMostCovariates
};

struct CoxCoefficient {
  double beta = 0;  // log hazard ratio of one unit of the covariate
  double standard_error = 0;
  double z = 0;
  double p_value = 1;  // Wald's, two-sided
  double hazard_ratio = 1;
  Interval hazard_ratio_interval;
};

struct ChiSquared {
  double statistic = 0;
  std::size_t degrees = 0;
  double p_value = 1;
};

struct CoxModel {
  Ties ties = Ties::kEfron;
  std::vector<CoxCoefficient> coefficients;  // one a column
  std::vector<double> covariance;            // of the betas, columns x columns
  double log_likelihood_null = 0;            // partial, at beta 0
  double log_likelihood = 0;
  ChiSquared likelihood_ratio;  // against no covariate
  ChiSquared score;             // of one 0/1 covariate without ties: the log-rank test
  int iterations = 0;
};

// Newton's method on the partial likelihood (Cox 1972). kBadInput where the data aren't (see survival.h; a
// covariate that isn't finite), where nobody has an event, where a covariate is constant or a combination of
// others, and where a coefficient has no finite estimate, as when all events are on one side of a covariate.
base::Result<CoxModel> fit_cox(const CoxData& data, Ties ties = Ties::kEfron, Confidence confidence = {});

// What time is taken as in the check: as it is, as its rank among the events' times (mean rank of ties), or
// as 1 - Kaplan-Meier just before it, which keeps late events from deciding alone.
enum class TimeScale { kIdentity, kRank, kKaplanMeier };

struct ProportionalHazards {
  // Each column: does its effect change with time? A small p speaks against the model. Null where all events
  // have one time.
  std::vector<std::optional<ChiSquared>> columns;
  std::optional<ChiSquared> all;  // of all columns together
  // For a picture: beta + scaled Schoenfeld residuals of each event, ascending in time; events x columns.
  std::vector<double> event_times;
  std::vector<double> beta_at_event;
};

// Grambsch & Therneau 1994 on scaled Schoenfeld residuals (as cox.zph of R's survival up to version 2, and
// lifelines). `model` must be the fit of `data`.
base::Result<ProportionalHazards> check_proportional_hazards(const CoxData& data, const CoxModel& model,
                                                             TimeScale scale = TimeScale::kKaplanMeier);

}  // namespace duologue::measure
