// How well a score tells two kinds of cases apart, over all thresholds. A higher score speaks for a positive.
// Values and pure functions; any thread. kBadInput where a score isn't finite. A measure that needs both
// kinds is null where one is missing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "measure/statistics/bootstrap.h"
#include "measure/statistics/interval.h"

namespace duologue::measure {

struct ScoredCase {
  double score = 0;
  bool positive = false;
  std::uint32_t cluster = 0;  // the conversation (or opening) it belongs to
};

// What is called positive from this score on. One for each distinct score, the highest first: equal scores
// can't be told apart, so they are never split.
struct ThresholdPoint {
  double threshold = 0;
  std::uint64_t true_positives = 0;
  std::uint64_t false_positives = 0;
  std::optional<double> true_positive_rate;   // recall, sensitivity
  std::optional<double> false_positive_rate;  // 1 - specificity
  double precision = 0;                       // of those called positive
};

// The points of the ROC curve (false against true positive rate) and of the precision-recall curve. The ROC
// curve begins at (0, 0), where nothing is called positive: that point is not in the list.
base::Result<std::vector<ThresholdPoint>> threshold_points(std::span<const ScoredCase> cases);

struct Discrimination {
  std::uint64_t positives = 0;
  std::uint64_t negatives = 0;
  std::uint64_t clusters = 0;
  // Area under the ROC curve: the chance that a positive outscores a negative, ties counted as half
  // (Mann-Whitney).
  std::optional<double> auc;
  BootstrapInterval auc_interval;
  // Sum over thresholds of precision times the rise in recall (as sklearn's; no interpolation). Null without
  // positives.
  std::optional<double> average_precision;
  BootstrapInterval average_precision_interval;
};

// Both areas, with intervals by bootstrap over clusters, never over single cases.
base::Result<Discrimination> discrimination(std::span<const ScoredCase> cases,
                                            const Resampling& resampling = {}, Confidence confidence = {});

}  // namespace duologue::measure
