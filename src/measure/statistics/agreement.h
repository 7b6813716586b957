// How far two labellings of the same conversations agree. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"
#include "measure/statistics/interval.h"

namespace duologue::measure {

struct Kappa {
  std::size_t items = 0;
  std::optional<double> observed;  // share of items with one label. Null without items
  std::optional<double> expected;  // the same, if both had thrown their labels about
  // Cohen 1960: (observed - expected) / (1 - expected). Null without items, and where both gave one and the
  // same label to all: then agreement was bound to happen.
  std::optional<double> kappa;
  std::optional<double> standard_error;  // of Fleiss, Cohen & Everitt 1969
  std::optional<Interval> interval;      // kappa ± z se, cut at -1 and 1
};

// The labels are numbers below kMostLabels with any meaning; element i of both is one item. kBadInput where
// the two differ in length, or a label is too great.
inline constexpr std::uint32_t kMostLabels = 1024;
base::Result<Kappa> cohen_kappa(std::span<const std::uint32_t> first, std::span<const std::uint32_t> second,
                                Confidence confidence = {});

// Turns between two onsets of the same conversation. An onset is null where that labelling has none.
struct OnsetAgreement {
  std::size_t both = 0;  // conversations with an onset in both
  std::size_t only_first = 0;
  std::size_t only_second = 0;
  std::size_t neither = 0;
  // Over those with both; null without any.
  std::optional<double> mean_difference;  // second less first: above 0 where the second is later
  std::optional<double> mean_distance;    // of absolute differences
  std::optional<double> median_distance;
};

// kBadInput where the two differ in length.
base::Result<OnsetAgreement> onset_agreement(std::span<const std::optional<std::uint32_t>> first,
                                             std::span<const std::optional<std::uint32_t>> second);

}  // namespace duologue::measure
