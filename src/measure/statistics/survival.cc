#include "measure/statistics/survival.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "measure/statistics/distributions.h"
#include "measure/statistics/small_matrix.h"

namespace duologue::measure {

namespace {

base::Status check_time(double time, std::size_t place) {
  if (std::isfinite(time) && time >= 0) return {};
  return base::fail(base::ErrorKind::kBadInput,
                    fmt::format("time {} is {}: times are finite and not negative", place + 1, time));
}

template <typename Timed>
base::Status check_times(std::span<const Timed> times) {
  if (times.empty() || times.size() > kMostTimes) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("{} times in one sample: there must be 1 to {}", times.size(), kMostTimes));
  }
  for (std::size_t i = 0; i < times.size(); ++i) TRY(check_time(times[i].time, i));
  return {};
}

template <typename Timed>
std::vector<Timed> in_order(std::span<const Timed> times) {
  std::vector<Timed> ordered(times.begin(), times.end());
  std::ranges::sort(ordered, {}, &Timed::time);
  return ordered;
}

// exp(-exp(log(-log share) ± z se)) with the delta method's se of log(-log share).
std::optional<Interval> log_log_interval(double share, double variance_of_log, double z) {
  if (!(share > 0) || !(share < 1) || !(variance_of_log > 0)) return std::nullopt;
  const double spread = z * std::sqrt(variance_of_log) / std::abs(std::log(share));
  return Interval{std::pow(share, std::exp(spread)), std::pow(share, std::exp(-spread))};
}

// d / (n (n - d)): what d events among n at risk add to Greenwood's sum. Infinite where all n have it.
double greenwood(std::uint64_t events, std::uint64_t at_risk) {
  return static_cast<double>(events) / (static_cast<double>(at_risk) * static_cast<double>(at_risk - events));
}

}  // namespace

double SurvivalCurve::survival_at(double time) const {
  const auto after = std::ranges::upper_bound(steps, time, {}, &SurvivalStep::time);
  return after == steps.begin() ? 1.0 : std::prev(after)->survival;
}

std::optional<double> SurvivalCurve::median() const {
  for (const SurvivalStep& step : steps) {
    if (step.survival <= 0.5) return step.time;
  }
  return std::nullopt;
}

std::optional<double> SurvivalCurve::median_low() const {
  for (const SurvivalStep& step : steps) {
    if (step.interval && step.interval->low <= 0.5) return step.time;
  }
  return std::nullopt;
}

std::optional<double> SurvivalCurve::median_high() const {
  for (const SurvivalStep& step : steps) {
    if (step.interval && step.interval->high <= 0.5) return step.time;
  }
  return std::nullopt;
}

base::Result<SurvivalCurve> kaplan_meier(std::span<const TimeToEvent> times, Confidence confidence) {
  TRY(check_times(times));
  const std::vector<TimeToEvent> ordered = in_order(times);
  const double z = confidence.z();
  SurvivalCurve curve;
  double survival = 1;
  double variance_of_log = 0;
  for (std::size_t i = 0; i < ordered.size();) {
    SurvivalStep step;
    step.time = ordered[i].time;
    step.at_risk = ordered.size() - i;
    for (; i < ordered.size() && ordered[i].time == step.time; ++i) {
      ++(ordered[i].event ? step.events : step.censored);
    }
    survival *= static_cast<double>(step.at_risk - step.events) / static_cast<double>(step.at_risk);
    variance_of_log += greenwood(step.events, step.at_risk);
    step.survival = survival;
    step.interval = log_log_interval(survival, variance_of_log, z);
    curve.steps.push_back(step);
  }
  return curve;
}

namespace {

// The numbers at risk of all arms, and what the log-rank test sums up over the times.
class LogRankSums {
 public:
  explicit LogRankSums(std::span<const std::vector<TimeToEvent>> arms)
      : arms_(arms.size()), covariance_(arms.size() * arms.size(), 0.0), events_(arms.size()) {
    for (std::size_t a = 0; a < arms.size(); ++a) {
      at_risk_.push_back(static_cast<double>(arms[a].size()));
      all_at_risk_ += at_risk_[a];
    }
  }

  void count_event(std::size_t arm) { ++events_[arm]; }
  void leave(std::size_t arm) { leaves_.push_back(arm); }

  // All who have an event or are censored at one time have been told.
  void close_time() {
    std::uint64_t events = 0;
    for (const std::uint64_t e : events_) events += e;
    if (events > 0) add(static_cast<double>(events));
    for (const std::size_t arm : leaves_) --at_risk_[arm];
    all_at_risk_ -= static_cast<double>(leaves_.size());
    leaves_.clear();
    std::ranges::fill(events_, std::uint64_t{0});
  }

  LogRank finish() const;

 private:
  void add(double events) {
    const double spread = all_at_risk_ > 1 ? (all_at_risk_ - events) / (all_at_risk_ - 1.0) : 0.0;
    for (std::size_t a = 0; a < arms_.size(); ++a) {
      const double share = at_risk_[a] / all_at_risk_;
      arms_[a].observed += events_[a];
      arms_[a].expected += events * share;
      for (std::size_t b = 0; b < arms_.size(); ++b) {
        covariance_[a * arms_.size() + b] +=
            events * spread * share * ((a == b ? 1.0 : 0.0) - at_risk_[b] / all_at_risk_);
      }
    }
  }

  std::vector<LogRankArm> arms_;
  std::vector<double> covariance_;
  std::vector<std::uint64_t> events_;  // at the time that is being told
  std::vector<std::size_t> leaves_;
  std::vector<double> at_risk_;
  double all_at_risk_ = 0;
};

LogRank LogRankSums::finish() const {
  LogRank result{arms_, std::nullopt, 0, std::nullopt};
  // Differences add up to 0, so the last arm follows from the others. An arm that was never at risk at an
  // event has nothing to compare.
  std::vector<std::size_t> compared;
  for (std::size_t a = 0; a < arms_.size(); ++a) {
    if (covariance_[a * arms_.size() + a] > 0) compared.push_back(a);
  }
  if (compared.size() < 2) return result;
  compared.pop_back();
  std::vector<double> difference;
  std::vector<double> matrix;
  for (const std::size_t a : compared) {
    difference.push_back(static_cast<double>(arms_[a].observed) - arms_[a].expected);
    for (const std::size_t b : compared) matrix.push_back(covariance_[a * arms_.size() + b]);
  }
  const auto lower = cholesky(matrix, compared.size());
  if (!lower) return result;
  result.degrees = compared.size();
  result.statistic = dot(difference, solve_cholesky(*lower, difference));
  result.p_value = chi_squared_survival(*result.statistic, static_cast<double>(result.degrees));
  return result;
}

}  // namespace

base::Result<LogRank> log_rank(std::span<const std::vector<TimeToEvent>> arms) {
  if (arms.size() < 2) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("a log-rank test of {} arms: it compares two or more", arms.size()));
  }
  struct Entry {
    TimeToEvent told;
    std::size_t arm;
  };
  std::vector<Entry> all;
  for (std::size_t a = 0; a < arms.size(); ++a) {
    TRY(check_times(std::span<const TimeToEvent>(arms[a])));
    for (const TimeToEvent& told : arms[a]) all.push_back({told, a});
  }
  std::ranges::sort(all, {}, [](const Entry& entry) { return entry.told.time; });
  LogRankSums sums(arms);
  for (std::size_t i = 0; i < all.size();) {
    const double time = all[i].told.time;
    for (; i < all.size() && all[i].told.time == time; ++i) {
      if (all[i].told.event) sums.count_event(all[i].arm);
      sums.leave(all[i].arm);
    }
    sums.close_time();
  }
  return sums.finish();
}

base::Result<RestrictedMean> restricted_mean(std::span<const TimeToEvent> times, double horizon,
                                             Confidence confidence) {
  TRY_ASSIGN(const SurvivalCurve curve, kaplan_meier(times, confidence));
  const SurvivalStep& last = curve.steps.back();
  if (!(horizon > 0) || std::isinf(horizon) || (horizon > last.time && last.survival > 0)) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("a mean up to {}: the horizon lies above 0, and not past {}, the last time seen", horizon,
                    last.time));
  }
  // Backwards, so that the area from each event to the horizon is there when its variance is added.
  RestrictedMean result;
  double area = 0;
  double until = horizon;
  double variance = 0;
  for (std::size_t i = curve.steps.size(); i-- > 0;) {
    const SurvivalStep& step = curve.steps[i];
    if (step.time >= horizon) continue;
    area += step.survival * (until - step.time);
    until = step.time;
    if (area > 0) variance += area * area * greenwood(step.events, step.at_risk);
  }
  result.mean = area + until;
  result.standard_error = std::sqrt(variance);
  const double half = confidence.z() * result.standard_error;
  result.interval = {result.mean - half, result.mean + half};
  return result;
}

base::Result<RestrictedMeanDifference> restricted_mean_difference(std::span<const TimeToEvent> first,
                                                                  std::span<const TimeToEvent> second,
                                                                  double horizon, Confidence confidence) {
  TRY_ASSIGN(const RestrictedMean a, restricted_mean(first, horizon, confidence));
  TRY_ASSIGN(const RestrictedMean b, restricted_mean(second, horizon, confidence));
  RestrictedMeanDifference result;
  result.difference = b.mean - a.mean;
  result.standard_error = std::hypot(a.standard_error, b.standard_error);
  const double half = confidence.z() * result.standard_error;
  result.interval = {result.difference - half, result.difference + half};
  if (result.standard_error > 0)
    result.p_value = two_sided_normal_p(result.difference / result.standard_error);
  return result;
}

namespace {

// One cause's incidence and its variance. The variance at t sums (F(t) - F(t_j))^2 w_j - 2 (F(t) - F(t_j))
// c_j + v_j over the times so far; spelled out in powers of F(t), each sum is kept as it grows.
class Incidence {
 public:
  IncidenceStep add(double time, std::uint64_t at_risk, std::uint64_t events, std::uint64_t of_any_cause,
                    double survival_before, double z) {
    const auto n = static_cast<double>(at_risk);
    const auto d = static_cast<double>(events);
    value_ += survival_before * d / n;
    const double cross = survival_before * d / (n * n);
    own_ += survival_before * survival_before * d * (n - d) / (n * n * n);
    cross_ += cross;
    cross_value_ += cross * value_;
    if (of_any_cause < at_risk) {  // else nobody is left, and F never moves again
      const double weight = greenwood(of_any_cause, at_risk);
      weight_ += weight;
      weight_value_ += weight * value_;
      weight_square_ += weight * value_ * value_;
    }
    IncidenceStep step{time, at_risk, events, value_, 0, std::nullopt};
    const double spread = value_ * value_ * weight_ - 2.0 * value_ * weight_value_ + weight_square_;
    step.variance = std::max(0.0, spread + own_ - 2.0 * (value_ * cross_ - cross_value_));
    if (value_ > 0) step.interval = log_log_interval(value_, step.variance / (value_ * value_), z);
    return step;
  }

 private:
  double value_ = 0;
  double own_ = 0;
  double cross_ = 0;
  double cross_value_ = 0;
  double weight_ = 0;
  double weight_value_ = 0;
  double weight_square_ = 0;
};

}  // namespace

base::Result<std::vector<std::vector<IncidenceStep>>> aalen_johansen(std::span<const TimeToCause> times,
                                                                     Confidence confidence) {
  TRY(check_times(times));
  std::uint32_t causes = 0;
  for (const TimeToCause& told : times) causes = std::max(causes, told.cause);
  if (causes > kMostCauses) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("cause {}: causes are numbered from 1 to {}", causes, kMostCauses));
  }
  const std::vector<TimeToCause> ordered = in_order(times);
  const double z = confidence.z();
  std::vector<std::vector<IncidenceStep>> curves(causes);
  std::vector<Incidence> sums(causes);
  std::vector<std::uint64_t> events(causes);
  double survival = 1;
  for (std::size_t i = 0; i < ordered.size();) {
    const double time = ordered[i].time;
    const std::uint64_t at_risk = ordered.size() - i;
    std::ranges::fill(events, std::uint64_t{0});
    std::uint64_t of_any_cause = 0;
    for (; i < ordered.size() && ordered[i].time == time; ++i) {
      if (ordered[i].cause == 0) continue;
      ++events[ordered[i].cause - 1];
      ++of_any_cause;
    }
    if (of_any_cause == 0) continue;
    for (std::uint32_t c = 0; c < causes; ++c) {
      curves[c].push_back(sums[c].add(time, at_risk, events[c], of_any_cause, survival, z));
    }
    survival *= static_cast<double>(at_risk - of_any_cause) / static_cast<double>(at_risk);
  }
  return curves;
}

}  // namespace duologue::measure
