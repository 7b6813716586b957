#include "measure/statistics/change_points.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "measure/statistics/distributions.h"
#include "measure/statistics/interval.h"

namespace duologue::measure {

Cusum Cusum::learning(double slack, std::uint32_t first, std::uint32_t last) {
  Cusum cusum(0, slack);
  cusum.mean_.reset();
  cusum.first_ = first;
  cusum.last_ = last;
  return cusum;
}

std::optional<double> Cusum::add(std::optional<double> value) {
  ++place_;
  if (value && !std::isfinite(*value)) value.reset();
  if (place_ <= last_) {
    if (value && place_ >= first_) learnt_mean_ += (*value - learnt_mean_) / ++learnt_;
    if (place_ == last_ && learnt_ > 0) mean_ = learnt_mean_;
    return std::nullopt;
  }
  if (!value || !mean_) return std::nullopt;
  sum_ = std::max(0.0, sum_ + *mean_ - *value - slack_);
  if (sum_ == 0) {
    rising_since_.reset();
  } else if (!rising_since_) {
    rising_since_ = place_;
  }
  return sum_;
}

OnlineChange::OnlineChange(const OnlineChangeSettings& settings) : settings_(settings) {
  runs_.push_back({0, 1.0, settings.mean, settings.beta});
}

base::Result<OnlineChange> OnlineChange::make(const OnlineChangeSettings& settings) {
  const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
  if (!(settings.hazard > 1) || !std::isfinite(settings.hazard) ||
      !(std::abs(settings.mean) <= kMostMagnitude) || !positive(settings.kappa) ||
      !positive(settings.alpha) || !positive(settings.beta)) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("change points with hazard {}, mean {}, kappa {}, alpha {}, beta {}: the hazard is "
                    "above 1, the mean no further than 1e100 from 0, the others above 0",
                    settings.hazard, settings.mean, settings.kappa, settings.alpha, settings.beta));
  }
  return OnlineChange(settings);
}

// The log density of Student's t with 2 alpha degrees, around the run's mean, squared scale
// beta (kappa + 1) / (alpha kappa).
double OnlineChange::log_predictive(const Run& run, double value) {
  const double alpha = settings_.alpha + run.length / 2.0;
  const double kappa = settings_.kappa + run.length;
  const double width = 2.0 * run.beta * (kappa + 1.0) / kappa;  // squared scale times degrees
  const double off = value - run.mean;
  return log_gamma_ratio(run.length) - 0.5 * std::log(std::numbers::pi * width) -
         (alpha + 0.5) * std::log1p(off * off / width);
}

double OnlineChange::log_gamma_ratio(std::uint32_t length) {
  constexpr std::size_t kMostKept = 4096;
  const auto of = [this](std::size_t run_length) {
    const double alpha = settings_.alpha + static_cast<double>(run_length) / 2.0;
    return log_gamma(alpha + 0.5) - log_gamma(alpha);
  };
  while (log_gamma_ratios_.size() <= length && log_gamma_ratios_.size() < kMostKept) {
    log_gamma_ratios_.push_back(of(log_gamma_ratios_.size()));
  }
  return length < log_gamma_ratios_.size() ? log_gamma_ratios_[length] : of(length);
}

base::Result<OnlineChange::RunLength> OnlineChange::add(double value) {
  if (!(std::abs(value) <= kMostMagnitude)) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("change points: the value {} can't be counted with: leave it out", value));
  }
  std::vector<double> logs;
  logs.reserve(runs_.size());
  for (const Run& run : runs_) logs.push_back(std::log(run.probability) + log_predictive(run, value));
  const double greatest = *std::ranges::max_element(logs);
  double total = 0;
  for (double& log : logs) total += log = std::exp(log - greatest);
  const double change = 1.0 / settings_.hazard;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    Run& run = runs_[i];
    const double kappa = settings_.kappa + run.length;
    const double off = value - run.mean;
    run.probability = (1.0 - change) * logs[i] / total;
    run.beta += kappa * off * off / (2.0 * (kappa + 1.0));
    run.mean += off / (kappa + 1.0);
    ++run.length;
  }
  runs_.insert(runs_.begin(), Run{0, change, settings_.mean, settings_.beta});
  keep_likely();
  RunLength likeliest{0, 0};
  for (const Run& run : runs_) {
    if (run.probability >= likeliest.probability) likeliest = {run.length, run.probability};
  }
  return likeliest;
}

void OnlineChange::keep_likely() {
  constexpr double kLeastProbability = 1e-9;
  double least = kLeastProbability;
  if (runs_.size() > kMostRuns) {
    std::vector<double> probabilities(runs_.size());
    std::ranges::transform(runs_, probabilities.begin(), &Run::probability);
    std::ranges::nth_element(probabilities, probabilities.begin() + kMostRuns - 1, std::greater<>());
    least = std::max(least, probabilities[kMostRuns - 1]);
  }
  std::erase_if(runs_, [least](const Run& run) { return run.probability < least; });
  double total = 0;
  for (const Run& run : runs_) total += run.probability;
  for (Run& run : runs_) run.probability /= total;
}

double OnlineChange::probability_below(std::uint32_t length) const {
  double sum = 0;
  for (const Run& run : runs_) sum += run.length < length ? run.probability : 0.0;
  return sum;
}

double l2_cost(std::span<const double> values) {
  if (values.empty()) return 0;
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double cost = 0;
  for (const double value : values) cost += (value - mean) * (value - mean);
  return cost;
}

double schwarz_penalty(std::span<const double> values) {
  if (values.size() < 2) return 0;
  std::vector<double> differences;
  double squares = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double difference = values[i] - values[i - 1];
    differences.push_back(std::abs(difference));
    squares += difference * difference;
  }
  const auto count = static_cast<double>(differences.size());
  std::ranges::sort(differences);
  // The median of |x - y| of two normal values is 0.674490 sqrt(2) of their standard deviation.
  constexpr double kMedianOfDifference = 0.67448975019608171 * std::numbers::sqrt2;
  const double scale = quantile_of_sorted(differences, 0.5) / kMedianOfDifference;
  const double variance = scale > 0 ? scale * scale : squares / count / 2.0;
  return 2.0 * variance * std::log(static_cast<double>(values.size()));
}

namespace {

// The starts of a last segment that may still be the best one, side by side so that a loop over all of them
// is arithmetic alone. With S and Q the sums of values and squares before a place and F the least cost up to
// it, a last segment [s, t) makes F(s) + Q(t) - Q(s) - (S(t) - S(s))^2 / (t - s).
class Candidates {
 public:
  void reserve(std::size_t n) {
    for (auto* column : {&start_, &base_, &sum_, &cost_}) column->reserve(n);
    given_up_at_.reserve(n);
  }

  void add(std::size_t start, double base, double sum) {
    start_.push_back(static_cast<double>(start));
    base_.push_back(base);
    sum_.push_back(sum);
    cost_.push_back(0);
    given_up_at_.push_back(kNever);
  }

  // Fills the costs of all last segments that end at `end`; returns the least and the place of its start.
  std::pair<double, std::size_t> evaluate(std::size_t end, double sum, double squares) {
    const auto t = static_cast<double>(end);
    const std::size_t n = start_.size();
    const double* const start = start_.data();
    const double* const base = base_.data();
    const double* const before = sum_.data();
    double* const cost = cost_.data();
    for (std::size_t i = 0; i < n; ++i) {
      const double inside = sum - before[i];
      cost[i] = base[i] + squares - inside * inside / (t - start[i]);
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < n; ++i) best = cost[i] < cost[best] ? i : best;
    return {cost[best], static_cast<std::size_t>(start[best])};
  }

  // A start that costs more than `limit` now, without a change's penalty, costs more than a change here would
  // from `from` on: it is given up then.
  void prune(double limit, std::size_t end, std::size_t from) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < start_.size(); ++i) {
      if (cost_[i] > limit) given_up_at_[i] = std::min(given_up_at_[i], from);
      start_[kept] = start_[i];
      base_[kept] = base_[i];
      sum_[kept] = sum_[i];
      given_up_at_[kept] = given_up_at_[i];
      kept += given_up_at_[i] > end + 1 ? 1 : 0;
    }
    start_.resize(kept);
    base_.resize(kept);
    sum_.resize(kept);
    cost_.resize(kept);
    given_up_at_.resize(kept);
  }

 private:
  static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

  std::vector<double> start_;
  std::vector<double> base_;  // F(s) - Q(s) + penalty
  std::vector<double> sum_;   // S(s)
  std::vector<double> cost_;
  std::vector<std::size_t> given_up_at_;
};

}  // namespace

base::Result<Segmentation> pelt_l2(std::span<const double> values, double penalty, std::size_t min_length) {
  if (values.size() > kMostPeltValues) {
    return base::fail(
        base::ErrorKind::kBadInput,
        fmt::format("a series of {} values: at most {} can be segmented", values.size(), kMostPeltValues));
  }
  TRY(check_finite(values, "series to segment"));
  if (!(penalty >= 0) || std::isinf(penalty) || min_length == 0) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("penalty {} with segments of at least {}: the penalty is 0 or more, the length 1 or "
                    "more",
                    penalty, min_length));
  }
  const std::size_t n = values.size();
  Segmentation result;
  if (n == 0) return result;
  // Sums are taken around the mean: squares of what all values share would drown what they differ by.
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(n);
  std::vector<double> sums(n + 1, 0.0);
  std::vector<double> squares(n + 1, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    sums[i + 1] = sums[i] + (values[i] - mean);
    squares[i + 1] = squares[i] + (values[i] - mean) * (values[i] - mean);
  }
  std::vector<double> least(n + 1, 0.0);  // F
  std::vector<std::size_t> last_start(n + 1, 0);
  Candidates candidates;
  candidates.reserve(n);
  for (std::size_t end = std::min(min_length, n); end <= n; ++end) {
    const std::size_t start = end - std::min(min_length, end);
    // A change at `start` is possible only where a whole segment lies before it.
    if (start == 0) {
      candidates.add(0, 0.0, 0.0);
    } else if (start >= min_length) {
      candidates.add(start, least[start] - squares[start] + penalty, sums[start]);
    }
    std::tie(least[end], last_start[end]) = candidates.evaluate(end, sums[end], squares[end]);
    candidates.prune(least[end] + penalty, end, end + min_length);
  }
  for (std::size_t end = n; end > 0; end = last_start[end]) {
    result.ends.push_back(end);
    result.cost += l2_cost(values.subspan(last_start[end], end - last_start[end]));
  }
  std::ranges::reverse(result.ends);
  return result;
}

}  // namespace duologue::measure
