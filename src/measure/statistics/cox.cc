// The risk set only grows when the times are walked from the last to the first, so all sums over it are
// running sums: one pass is O(n columns^2). Covariates are brought to mean 0 and standard deviation 1 first;
// that changes neither likelihood nor tests, and exponentials stay small.
#include "measure/statistics/cox.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "measure/statistics/distributions.h"
#include "measure/statistics/small_matrix.h"

namespace duologue::measure {

namespace {

constexpr int kMostIterations = 60;
constexpr double kSmallStep = 1e-9;  // in standard deviations' log hazard ratio: then the next is its square

struct Standardised {
  std::vector<TimeToEvent> times;  // latest first
  std::vector<double> rows;        // in the same order
  std::vector<double> scales;      // standard deviations of the columns
  std::size_t columns = 0;

  std::span<const double> row(std::size_t i) const { return std::span(rows).subspan(i * columns, columns); }
};

base::Status check_data(const CoxData& data) {
  if (data.columns == 0 || data.columns > kMostCovariates) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("cox: {} covariates: give 1 to {}", data.columns, kMostCovariates));
  }
  if (data.times.size() > kMostTimes || data.covariates.size() != data.times.size() * data.columns) {
    return base::fail(
        base::ErrorKind::kBadInput,
        fmt::format("cox: {} numbers for {} times and {} covariates: there must be one for each of "
                    "both, and at most {} times",
                    data.covariates.size(), data.times.size(), data.columns, kMostTimes));
  }
  bool any_event = false;
  for (std::size_t i = 0; i < data.times.size(); ++i) {
    if (!std::isfinite(data.times[i].time) || data.times[i].time < 0) {
      return base::fail(
          base::ErrorKind::kBadInput,
          fmt::format("cox: time {} is {}: times are finite and not negative", i + 1, data.times[i].time));
    }
    any_event = any_event || data.times[i].event;
  }
  TRY(check_finite(data.covariates, "cox: covariates"));
  if (any_event) return {};
  return base::fail(base::ErrorKind::kBadInput, "cox: nobody has an event: there is nothing to fit");
}

base::Result<Standardised> standardise(const CoxData& data) {
  TRY(check_data(data));
  Standardised result;
  result.columns = data.columns;
  std::vector<std::size_t> order(data.times.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return data.times[i].time; });
  std::vector<double> means(data.columns, 0.0);
  const auto n = static_cast<double>(data.times.size());
  for (std::size_t i = 0; i < data.covariates.size(); ++i) means[i % data.columns] += data.covariates[i] / n;
  std::vector<double> variances(data.columns, 0.0);
  for (std::size_t i = 0; i < data.covariates.size(); ++i) {
    const double off = data.covariates[i] - means[i % data.columns];
    variances[i % data.columns] += off * off / n;
  }
  for (std::size_t c = 0; c < data.columns; ++c) {
    result.scales.push_back(std::sqrt(variances[c]));
    // Rounding leaves something of a column of equal numbers.
    if (!(result.scales[c] > 1e-12 * std::abs(means[c])) || std::isinf(result.scales[c])) {
      return base::fail(base::ErrorKind::kBadInput,
                        fmt::format("cox: covariate {} doesn't vary, or too much: leave it out", c + 1));
    }
  }
  for (const std::size_t i : order) {
    result.times.push_back(data.times[i]);
    for (std::size_t c = 0; c < data.columns; ++c) {
      result.rows.push_back((data.covariates[i * data.columns + c] - means[c]) / result.scales[c]);
    }
  }
  return result;
}

// Sums over a set of rows, each with its weight exp(x beta - shift).
struct WeightedSums {
  explicit WeightedSums(std::size_t columns) : first(columns, 0.0), second(columns * columns, 0.0) {}

  void add(std::span<const double> x, double w) {
    weight += w;
    for (std::size_t i = 0; i < x.size(); ++i) {
      first[i] += w * x[i];
      for (std::size_t j = 0; j <= i; ++j) second[i * x.size() + j] += w * x[i] * x[j];
    }
  }
  void clear() {
    weight = 0;
    std::ranges::fill(first, 0.0);
    std::ranges::fill(second, 0.0);
  }

  double weight = 0;
  std::vector<double> first;
  std::vector<double> second;  // lower triangle
};

// Walks over the distinct times with events, from the last to the first: at_events(first place, one past the
// last place of this time, sums over the risk set, sums over its events, number of events).
template <typename AtEvents>
void walk_risk_sets(const Standardised& data, std::span<const double> linear, double shift,
                    AtEvents at_events) {
  WeightedSums risk(data.columns);
  WeightedSums died(data.columns);
  for (std::size_t i = 0; i < data.times.size();) {
    const std::size_t start = i;
    std::size_t events = 0;
    died.clear();
    for (; i < data.times.size() && data.times[i].time == data.times[start].time; ++i) {
      const double weight = std::exp(linear[i] - shift);
      risk.add(data.row(i), weight);
      if (!data.times[i].event) continue;
      died.add(data.row(i), weight);
      ++events;
    }
    if (events > 0) at_events(start, i, risk, died, events);
  }
}

struct Likelihood {
  explicit Likelihood(std::size_t columns) : gradient(columns, 0.0), information(columns * columns, 0.0) {}

  double value = 0;
  std::vector<double> gradient;
  std::vector<double> information;
};

std::vector<double> linear_predictor(const Standardised& data, std::span<const double> beta) {
  std::vector<double> linear(data.times.size());
  for (std::size_t i = 0; i < linear.size(); ++i) linear[i] = dot(data.row(i), beta);
  return linear;
}

// With Efron's ties the k-th of d events at one time sees a risk set that k/d of each of them has left.
double left_of_ties(Ties ties, std::size_t k, std::size_t events) {
  return ties == Ties::kEfron ? static_cast<double>(k) / static_cast<double>(events) : 0.0;
}

Likelihood likelihood_at(const Standardised& data, std::span<const double> beta, Ties ties) {
  const std::size_t columns = data.columns;
  Likelihood result(columns);
  const std::vector<double> linear = linear_predictor(data, beta);
  const double shift = *std::ranges::max_element(linear);
  std::vector<double> mean(columns);
  walk_risk_sets(data, linear, shift,
                 [&](std::size_t start, std::size_t end, const WeightedSums& risk, const WeightedSums& died,
                     std::size_t events) {
                   for (std::size_t i = start; i < end; ++i) {
                     if (!data.times[i].event) continue;
                     result.value += linear[i] - shift;
                     for (std::size_t c = 0; c < columns; ++c) result.gradient[c] += data.row(i)[c];
                   }
                   for (std::size_t k = 0; k < events; ++k) {
                     const double left = left_of_ties(ties, k, events);
                     const double weight = risk.weight - left * died.weight;
                     result.value -= std::log(weight);
                     for (std::size_t a = 0; a < columns; ++a) {
                       mean[a] = (risk.first[a] - left * died.first[a]) / weight;
                       result.gradient[a] -= mean[a];
                       for (std::size_t b = 0; b <= a; ++b) {
                         const std::size_t cell = a * columns + b;
                         result.information[cell] +=
                             (risk.second[cell] - left * died.second[cell]) / weight - mean[a] * mean[b];
                       }
                     }
                   }
                 });
  for (std::size_t a = 0; a < columns; ++a) {
    for (std::size_t b = a + 1; b < columns; ++b) {
      result.information[a * columns + b] = result.information[b * columns + a];
    }
  }
  return result;
}

ChiSquared chi_squared(double statistic, std::size_t degrees) {
  return {statistic, degrees, chi_squared_survival(std::max(0.0, statistic), static_cast<double>(degrees))};
}

struct Maximum {
  std::vector<double> beta;
  Likelihood at;
  std::vector<double> lower;  // Cholesky's triangle of the information
  int iterations = 0;
};

// Where the likelihood only grows, for ever more slowly, Newton's steps end where its curvature is lost in
// rounding.
bool is_flat(std::span<const double> information, std::span<const double> first, std::size_t columns) {
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t cell = c * columns + c;
    if (!(information[cell] > 1e-9 * first[cell])) return true;
  }
  return false;
}

base::Result<Maximum> maximise(const Standardised& data, Ties ties, Likelihood start) {
  const std::vector<double> first_information = start.information;
  Maximum best{std::vector<double>(data.columns, 0.0), std::move(start), {}, 0};
  for (int iteration = 1; iteration <= kMostIterations; ++iteration) {
    const auto lower = cholesky(best.at.information, data.columns);
    if (!lower) break;
    const std::vector<double> step = solve_cholesky(*lower, best.at.gradient);
    double greatest = 0;
    for (const double s : step) greatest = std::max(greatest, std::abs(s));
    // Half the step as long as it leads downhill; one of a rounding error's size is taken as it is.
    double factor = 1;
    std::vector<double> beta(data.columns);
    const auto move = [&] {
      for (std::size_t c = 0; c < data.columns; ++c) beta[c] = best.beta[c] + factor * step[c];
      return likelihood_at(data, beta, ties);
    };
    Likelihood next = move();
    while (!(next.value >= best.at.value - 1e-9 * std::abs(best.at.value)) && factor > 1e-6) {
      factor /= 2;
      next = move();
    }
    best.beta = beta;
    best.at = std::move(next);
    best.iterations = iteration;
    if (greatest > kSmallStep) continue;
    auto last = cholesky(best.at.information, data.columns);
    if (!last || is_flat(best.at.information, first_information, data.columns)) break;
    best.lower = std::move(*last);
    return best;
  }
  const bool at_start = best.iterations == 0;
  return base::fail(base::ErrorKind::kBadInput,
                    at_start
                        ? "cox: the covariates can't be told apart where events happen: leave out one that "
                          "follows from others"
                        : "cox: no finite estimate: a covariate, or a sum of them, sorts all events to one "
                          "side; compare the arms with the log-rank test instead");
}

}  // namespace

base::Result<CoxModel> fit_cox(const CoxData& data, Ties ties, Confidence confidence) {
  TRY_ASSIGN(const Standardised standard, standardise(data));
  const std::size_t columns = data.columns;
  const std::vector<double> zero(columns, 0.0);
  Likelihood start = likelihood_at(standard, zero, ties);
  const auto start_lower = cholesky(start.information, columns);
  CoxModel model;
  model.ties = ties;
  model.log_likelihood_null = start.value;
  if (start_lower) {
    model.score = chi_squared(dot(start.gradient, solve_cholesky(*start_lower, start.gradient)), columns);
  }
  TRY_ASSIGN(const Maximum best, maximise(standard, ties, std::move(start)));
  model.log_likelihood = best.at.value;
  model.likelihood_ratio = chi_squared(2.0 * (model.log_likelihood - model.log_likelihood_null), columns);
  model.iterations = best.iterations;
  model.covariance = inverse_of_cholesky(best.lower, columns);
  for (std::size_t a = 0; a < columns; ++a) {
    for (std::size_t b = 0; b < columns; ++b) {
      model.covariance[a * columns + b] /= standard.scales[a] * standard.scales[b];
    }
  }
  for (std::size_t c = 0; c < columns; ++c) {
    CoxCoefficient coefficient;
    coefficient.beta = best.beta[c] / standard.scales[c];
    coefficient.standard_error = std::sqrt(model.covariance[c * columns + c]);
    coefficient.z = coefficient.beta / coefficient.standard_error;
    coefficient.p_value = two_sided_normal_p(coefficient.z);
    coefficient.hazard_ratio = std::exp(coefficient.beta);
    const double half = confidence.z() * coefficient.standard_error;
    coefficient.hazard_ratio_interval = {std::exp(coefficient.beta - half),
                                         std::exp(coefficient.beta + half)};
    model.coefficients.push_back(coefficient);
  }
  return model;
}

namespace {

struct Residuals {
  std::vector<double> times;   // of the events, ascending
  std::vector<double> values;  // Schoenfeld's in units of the covariates; events x columns
};

Residuals schoenfeld(const Standardised& data, const CoxModel& model) {
  const std::size_t columns = data.columns;
  std::vector<double> beta(columns);
  for (std::size_t c = 0; c < columns; ++c) beta[c] = model.coefficients[c].beta * data.scales[c];
  const std::vector<double> linear = linear_predictor(data, beta);
  const double shift = *std::ranges::max_element(linear);
  Residuals result;
  std::vector<double> mean(columns);
  walk_risk_sets(data, linear, shift,
                 [&](std::size_t start, std::size_t end, const WeightedSums& risk, const WeightedSums& died,
                     std::size_t events) {
                   std::ranges::fill(mean, 0.0);
                   for (std::size_t k = 0; k < events; ++k) {
                     const double left = left_of_ties(model.ties, k, events);
                     const double weight = (risk.weight - left * died.weight) * static_cast<double>(events);
                     for (std::size_t c = 0; c < columns; ++c) {
                       mean[c] += (risk.first[c] - left * died.first[c]) / weight;
                     }
                   }
                   for (std::size_t i = end; i-- > start;) {
                     if (!data.times[i].event) continue;
                     result.times.push_back(data.times[i].time);
                     // Backwards: the whole is turned round below.
                     for (std::size_t c = columns; c-- > 0;) {
                       result.values.push_back((data.row(i)[c] - mean[c]) * data.scales[c]);
                     }
                   }
                 });
  std::ranges::reverse(result.times);
  std::ranges::reverse(result.values);
  return result;
}

std::vector<double> mean_ranks(std::span<const double> ascending) {
  std::vector<double> ranks;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t end = i;
    while (end < ascending.size() && ascending[end] == ascending[i]) ++end;
    const double rank = static_cast<double>(i + end + 1) / 2.0;
    ranks.resize(end, rank);
    i = end;
  }
  return ranks;
}

base::Result<std::vector<double>> scaled_times(std::span<const double> event_times,
                                               std::span<const TimeToEvent> times, TimeScale scale) {
  if (scale == TimeScale::kIdentity) return std::vector<double>(event_times.begin(), event_times.end());
  if (scale == TimeScale::kRank) return mean_ranks(event_times);
  TRY_ASSIGN(const SurvivalCurve curve, kaplan_meier(times));
  std::vector<double> result;
  double before = 1;
  std::size_t step = 0;
  for (const double time : event_times) {
    for (; curve.steps[step].time < time; ++step) before = curve.steps[step].survival;
    result.push_back(1.0 - before);
  }
  return result;
}

}  // namespace

base::Result<ProportionalHazards> check_proportional_hazards(const CoxData& data, const CoxModel& model,
                                                             TimeScale scale) {
  TRY_ASSIGN(const Standardised standard, standardise(data));
  const std::size_t columns = data.columns;
  if (model.coefficients.size() != columns) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("cox: a model of {} covariates can't be checked with data of {}",
                                  model.coefficients.size(), columns));
  }
  Residuals residuals = schoenfeld(standard, model);
  TRY_ASSIGN(std::vector<double> times, scaled_times(residuals.times, data.times, scale));
  const auto events = static_cast<double>(times.size());
  const double mean = std::accumulate(times.begin(), times.end(), 0.0) / events;
  double spread = 0;
  std::vector<double> slope(columns, 0.0);  // sum of (time - mean) residual
  ProportionalHazards result;
  for (std::size_t e = 0; e < times.size(); ++e) {
    const double off = times[e] - mean;
    const auto residual = std::span<const double>(residuals.values).subspan(e * columns, columns);
    spread += off * off;
    for (std::size_t c = 0; c < columns; ++c) {
      slope[c] += off * residual[c];
      const auto row = std::span<const double>(model.covariance).subspan(c * columns, columns);
      result.beta_at_event.push_back(model.coefficients[c].beta + events * dot(row, residual));
    }
  }
  result.event_times = std::move(residuals.times);
  result.columns.resize(columns);
  if (!(spread > 0)) return result;
  double together = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    const double scaled =
        dot(std::span<const double>(model.covariance).subspan(c * columns, columns), slope) * events;
    together += slope[c] * scaled;
    result.columns[c] =
        chi_squared(scaled * scaled / (model.covariance[c * columns + c] * events * spread), 1);
  }
  result.all = chi_squared(together / spread, columns);
  return result;
}

}  // namespace duologue::measure
