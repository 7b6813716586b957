#include "measure/statistics/agreement.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

namespace duologue::measure {

namespace {

base::Status check_lengths(std::size_t first, std::size_t second) {
  if (first == second) return {};
  return base::fail(
      base::ErrorKind::kBadInput,
      fmt::format("{} items labelled against {}: both must have labelled the same items, in the same "
                  "order",
                  first, second));
}

// Shares of items: both labels, and each one's own.
struct Table {
  std::uint32_t labels = 0;
  std::vector<double> cells;  // labels x labels: first's label, second's label
  std::vector<double> first;
  std::vector<double> second;
};

Table count(std::span<const std::uint32_t> first, std::span<const std::uint32_t> second) {
  Table table;
  for (const auto& labels : {first, second})
    table.labels = std::max(table.labels, std::ranges::max(labels) + 1);
  table.cells.resize(std::size_t{table.labels} * table.labels);
  table.first.resize(table.labels);
  table.second.resize(table.labels);
  const double share = 1.0 / static_cast<double>(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    table.cells[std::size_t{first[i]} * table.labels + second[i]] += share;
    table.first[first[i]] += share;
    table.second[second[i]] += share;
  }
  return table;
}

// Fleiss, Cohen & Everitt 1969, equation 13: the variance where kappa isn't 0.
double kappa_variance(const Table& table, double expected, double kappa, double items) {
  double agreeing = 0;
  double differing = 0;
  for (std::uint32_t i = 0; i < table.labels; ++i) {
    for (std::uint32_t j = 0; j < table.labels; ++j) {
      const double cell = table.cells[std::size_t{i} * table.labels + j];
      if (i == j) {
        const double factor = 1.0 - (table.first[i] + table.second[i]) * (1.0 - kappa);
        agreeing += cell * factor * factor;
      } else {
        const double margins = table.first[j] + table.second[i];
        differing += cell * margins * margins;
      }
    }
  }
  differing *= (1.0 - kappa) * (1.0 - kappa);
  const double chance = kappa - expected * (1.0 - kappa);
  const double scale = (1.0 - expected) * (1.0 - expected) * items;
  return std::max(0.0, (agreeing + differing - chance * chance) / scale);
}

}  // namespace

base::Result<Kappa> cohen_kappa(std::span<const std::uint32_t> first, std::span<const std::uint32_t> second,
                                Confidence confidence) {
  TRY(check_lengths(first.size(), second.size()));
  Kappa result;
  result.items = first.size();
  if (first.empty()) return result;
  const std::uint32_t greatest = std::max(std::ranges::max(first), std::ranges::max(second));
  if (greatest >= kMostLabels) {
    return base::fail(base::ErrorKind::kBadInput,
                      fmt::format("label {}: labels are numbered from 0 to {}", greatest, kMostLabels - 1));
  }
  const Table table = count(first, second);
  double observed = 0;
  double expected = 0;
  for (std::uint32_t i = 0; i < table.labels; ++i) {
    observed += table.cells[std::size_t{i} * table.labels + i];
    expected += table.first[i] * table.second[i];
  }
  result.observed = observed;
  result.expected = expected;
  const auto all_alike = [&](std::span<const std::uint32_t> labels) {
    return std::ranges::all_of(labels, [&](std::uint32_t label) { return label == first[0]; });
  };
  if (all_alike(first) && all_alike(second)) return result;
  const double kappa = (observed - expected) / (1.0 - expected);
  result.kappa = kappa;
  const auto items = static_cast<double>(first.size());
  result.standard_error = std::sqrt(kappa_variance(table, expected, kappa, items));
  const double half = confidence.z() * *result.standard_error;
  result.interval = Interval{std::max(-1.0, kappa - half), std::min(1.0, kappa + half)};
  return result;
}

base::Result<OnsetAgreement> onset_agreement(std::span<const std::optional<std::uint32_t>> first,
                                             std::span<const std::optional<std::uint32_t>> second) {
  TRY(check_lengths(first.size(), second.size()));
  OnsetAgreement result;
  std::vector<double> distances;
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] && second[i]) {
      const double difference = static_cast<double>(*second[i]) - static_cast<double>(*first[i]);
      sum += difference;
      total += std::abs(difference);
      distances.push_back(std::abs(difference));
    } else {
      ++(first[i] ? result.only_first : second[i] ? result.only_second : result.neither);
    }
  }
  result.both = distances.size();
  if (distances.empty()) return result;
  const auto n = static_cast<double>(distances.size());
  std::ranges::sort(distances);
  result.mean_difference = sum / n;
  result.mean_distance = total / n;
  result.median_distance = quantile_of_sorted(distances, 0.5);
  return result;
}

}  // namespace duologue::measure
