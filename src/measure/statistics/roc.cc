#include "measure/statistics/roc.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include <fmt/format.h>

namespace duologue::measure {

namespace {

base::Result<std::vector<ScoredCase>> highest_first(std::span<const ScoredCase> cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (std::isfinite(cases[i].score)) continue;
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("score {} is {}: a case without a score can't be ranked, leave it out",
                                  i + 1, cases[i].score));
  }
  std::vector<ScoredCase> ordered(cases.begin(), cases.end());
  std::ranges::sort(ordered, std::greater<>(), &ScoredCase::score);
  return ordered;
}

// Cases of one score and what each of them weighs: one, or how often its cluster was drawn.
template <typename Weight, typename AtThreshold>
void walk_thresholds(std::span<const ScoredCase> ordered, Weight weight, AtThreshold at_threshold) {
  for (std::size_t i = 0; i < ordered.size();) {
    const double score = ordered[i].score;
    std::uint64_t positives = 0;
    std::uint64_t negatives = 0;
    for (; i < ordered.size() && ordered[i].score == score; ++i) {
      (ordered[i].positive ? positives : negatives) += weight(i);
    }
    at_threshold(score, positives, negatives);
  }
}

struct Areas {
  std::uint64_t positives = 0;
  std::uint64_t negatives = 0;
  std::optional<double> auc;
  std::optional<double> average_precision;
};

template <typename Weight>
Areas areas(std::span<const ScoredCase> ordered, Weight weight) {
  Areas result;
  double outscored = 0;  // pairs
  double precision = 0;
  walk_thresholds(ordered, weight, [&](double, std::uint64_t positives, std::uint64_t negatives) {
    const auto p = static_cast<double>(positives);
    const auto n = static_cast<double>(negatives);
    outscored += n * (static_cast<double>(result.positives) + p / 2.0);
    result.positives += positives;
    result.negatives += negatives;
    if (positives == 0) return;
    precision +=
        p * static_cast<double>(result.positives) / static_cast<double>(result.positives + result.negatives);
  });
  if (result.positives == 0) return result;
  result.average_precision = precision / static_cast<double>(result.positives);
  if (result.negatives == 0) return result;
  result.auc = outscored / (static_cast<double>(result.positives) * static_cast<double>(result.negatives));
  return result;
}

}  // namespace

base::Result<std::vector<ThresholdPoint>> threshold_points(std::span<const ScoredCase> cases) {
  TRY_ASSIGN(const std::vector<ScoredCase> ordered, highest_first(cases));
  std::vector<ThresholdPoint> points;
  std::uint64_t positives = 0;
  std::uint64_t negatives = 0;
  const auto one = [](std::size_t) -> std::uint64_t { return 1; };
  walk_thresholds(ordered, one, [&](double score, std::uint64_t p, std::uint64_t n) {
    positives += p;
    negatives += n;
    ThresholdPoint point{score, positives, negatives, std::nullopt, std::nullopt, 0};
    point.precision = static_cast<double>(positives) / static_cast<double>(positives + negatives);
    points.push_back(point);
  });
  for (ThresholdPoint& point : points) {
    if (positives > 0) {
      point.true_positive_rate = static_cast<double>(point.true_positives) / static_cast<double>(positives);
    }
    if (negatives > 0) {
      point.false_positive_rate = static_cast<double>(point.false_positives) / static_cast<double>(negatives);
    }
  }
  return points;
}

base::Result<Discrimination> discrimination(std::span<const ScoredCase> cases, const Resampling& resampling,
                                            Confidence confidence) {
  TRY_ASSIGN(const std::vector<ScoredCase> ordered, highest_first(cases));
  // Clusters by their place in the input, so that the interval doesn't hang on how equal scores were sorted.
  std::unordered_map<std::uint32_t, std::uint32_t> places;
  for (const ScoredCase& scored : cases) {
    places.emplace(scored.cluster, static_cast<std::uint32_t>(places.size()));
  }
  std::vector<std::uint32_t> cluster_of;
  cluster_of.reserve(ordered.size());
  for (const ScoredCase& scored : ordered) cluster_of.push_back(places.at(scored.cluster));

  const Areas all = areas(ordered, [](std::size_t) -> std::uint64_t { return 1; });
  Discrimination result;
  result.positives = all.positives;
  result.negatives = all.negatives;
  result.clusters = places.size();
  result.auc = all.auc;
  result.average_precision = all.average_precision;
  const auto drawn_areas = [&](std::span<const std::uint32_t> times_drawn) {
    return areas(ordered, [&](std::size_t i) -> std::uint64_t { return times_drawn[cluster_of[i]]; });
  };
  TRY_ASSIGN(result.auc_interval,
             bootstrap_by_cluster(places.size(), resampling, confidence,
                                  [&](auto times_drawn) { return drawn_areas(times_drawn).auc; }));
  TRY_ASSIGN(result.average_precision_interval,
             bootstrap_by_cluster(places.size(), resampling, confidence, [&](auto times_drawn) {
               return drawn_areas(times_drawn).average_precision;
             }));
  return result;
}

}  // namespace duologue::measure
