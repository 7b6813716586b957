// Time to an event (an onset) where some conversations end before it: their times are censored. Times are in
// any one unit (utterances, rounds), finite and not negative; who is censored at a time was still at risk at
// it. Values and pure functions; any thread. kBadInput where a time isn't a time, an arm is empty, or there
// are more than kMostTimes. What the data can't give is null.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "measure/statistics/interval.h"

namespace duologue::measure {

inline constexpr std::size_t kMostTimes = 10'000'000;

struct TimeToEvent {
  double time = 0;
  bool event = false;  // false: censored
};

// One distinct time of the sample. The curve holds from here to the next step.
struct SurvivalStep {
  double time = 0;
  std::uint64_t at_risk = 0;  // just before
  std::uint64_t events = 0;
  std::uint64_t censored = 0;
  double survival = 1;  // share without the event after this time
  // Log-log interval, exp(-exp(log(-log S) ± z se)); null where S is 0 or 1, where it isn't defined.
  std::optional<Interval> interval;
};

struct SurvivalCurve {
  std::vector<SurvivalStep> steps;  // ascending

  // The share without the event after `time`: 1 before the first step. After the last step the value of that
  // step, which says something only where it is 0.
  double survival_at(double time) const;
  // The first time at which at most half is without the event. Null where the curve never gets there.
  std::optional<double> median() const;
  // Brookmeyer & Crowley 1982: where the limits of the log-log interval first reach a half. A side that never
  // does is null.
  std::optional<double> median_low() const;
  std::optional<double> median_high() const;
};

// Kaplan & Meier 1958, Greenwood's variance, log-log intervals (Kalbfleisch & Prentice 2002, 1.4.1).
base::Result<SurvivalCurve> kaplan_meier(std::span<const TimeToEvent> times, Confidence confidence = {});

struct LogRankArm {
  std::uint64_t observed = 0;
  double expected = 0;  // if all arms had one hazard
};

struct LogRank {
  std::vector<LogRankArm> arms;
  // Null where there is nothing to compare: no time at which an event could have happened in two arms.
  std::optional<double> statistic;  // chi squared
  std::size_t degrees = 0;          // arms that could have events, less one
  std::optional<double> p_value;
};

// Mantel 1966, Peto & Peto 1972: do two or more arms have one hazard? Hypergeometric variance.
base::Result<LogRank> log_rank(std::span<const std::vector<TimeToEvent>> arms);

struct RestrictedMean {
  double mean = 0;
  double standard_error = 0;
  Interval interval;
};

// The mean time without the event up to `horizon`: the area under the Kaplan-Meier curve (Irwin 1949;
// variance of Karrison 1987). kUsage where the horizon lies past the last time while the curve is still above
// 0: nobody has seen what follows.
base::Result<RestrictedMean> restricted_mean(std::span<const TimeToEvent> times, double horizon,
                                             Confidence confidence = {});

struct RestrictedMeanDifference {
  double difference = 0;  // second less first
  double standard_error = 0;
  Interval interval;
  std::optional<double> p_value;  // two-sided, normal. Null without any variance
};
base::Result<RestrictedMeanDifference> restricted_mean_difference(std::span<const TimeToEvent> first,
                                                                  std::span<const TimeToEvent> second,
                                                                  double horizon, Confidence confidence = {});

// Several ways to end, of which the first that happens hides the others.
struct TimeToCause {
  double time = 0;
  std::uint32_t cause = 0;  // 0: censored; else 1 to kMostCauses
};
inline constexpr std::uint32_t kMostCauses = 64;

struct IncidenceStep {
  double time = 0;
  std::uint64_t at_risk = 0;
  std::uint64_t events = 0;  // of this cause
  double incidence = 0;      // share that has ended by this cause by this time
  double variance = 0;
  std::optional<Interval> interval;  // log-log; null where the incidence is 0 or 1, or has no variance
};

// Aalen & Johansen 1978: the cumulative incidence of each cause, with the delta method's variance (Marubini &
// Valsecchi 1995, section 10.2). Element k is cause k + 1, up to the greatest cause of the sample; steps at
// every time with an event of any cause. One minus Kaplan-Meier with the other causes censored would be too
// large.
base::Result<std::vector<std::vector<IncidenceStep>>> aalen_johansen(std::span<const TimeToCause> times,
                                                                     Confidence confidence = {});

}  // namespace duologue::measure
