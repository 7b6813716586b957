// Recurrence measures by plain loops over a matrix of yes and no, for tests to compare with.
#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "measure/recurrence/measures.h"

namespace duologue::measure::testing {

using Cells = std::vector<std::vector<bool>>;

// Lengths of the runs of `true`.
inline void count_runs(const std::vector<bool>& run, std::map<std::size_t, std::size_t>& lengths) {
  std::size_t length = 0;
  for (std::size_t i = 0; i <= run.size(); ++i) {
    if (i < run.size() && run[i]) {
      ++length;
      continue;
    }
    if (length > 0) ++lengths[length];
    length = 0;
  }
}

struct PlainSums {
  double points = 0;
  double points_in_lines = 0;
  double lines = 0;
  double longest = 0;
  double entropy = 0;
};

inline PlainSums plain_sums(const std::map<std::size_t, std::size_t>& lengths) {
  PlainSums sums;
  for (const auto& [length, count] : lengths) {
    sums.points += static_cast<double>(length * count);
    if (length < 2) continue;
    sums.points_in_lines += static_cast<double>(length * count);
    sums.lines += static_cast<double>(count);
    sums.longest = static_cast<double>(length);
  }
  for (const auto& [length, count] : lengths) {
    const double p = static_cast<double>(count) / sums.lines;
    if (length >= 2) sums.entropy -= p * std::log(p);
  }
  return sums;
}

inline void fill(RecurrenceMeasures& measures, const PlainSums& diagonal, const PlainSums& vertical,
                 double cells) {
  if (cells > 0) measures.rr = diagonal.points / cells;
  if (diagonal.points > 0) measures.det = diagonal.points_in_lines / diagonal.points;
  if (diagonal.lines > 0) {
    measures.l = diagonal.points_in_lines / diagonal.lines;
    measures.lmax = diagonal.longest;
    measures.entr = diagonal.entropy;
  }
  if (vertical.points > 0) measures.lam = vertical.points_in_lines / vertical.points;
  if (vertical.lines > 0) measures.tt = vertical.points_in_lines / vertical.lines;
}

// cells[i][j], any rectangle.
inline RecurrenceMeasures plain_cross_measures(const Cells& cells) {
  const std::size_t rows = cells.size();
  const std::size_t columns = rows == 0 ? 0 : cells[0].size();
  std::map<std::size_t, std::size_t> diagonal;
  std::map<std::size_t, std::size_t> vertical;
  for (std::size_t start = 0; start + 1 < rows + columns; ++start) {
    std::vector<bool> run;
    for (std::size_t i = start < columns ? 0 : start - columns + 1; i < rows; ++i) {
      const std::size_t j = start < columns ? i + (columns - 1 - start) : i - (start - columns + 1);
      if (j < columns) run.push_back(cells[i][j]);
    }
    count_runs(run, diagonal);
  }
  for (std::size_t j = 0; j < columns; ++j) {
    std::vector<bool> run;
    for (std::size_t i = 0; i < rows; ++i) run.push_back(cells[i][j]);
    count_runs(run, vertical);
  }
  RecurrenceMeasures measures;
  fill(measures, plain_sums(diagonal), plain_sums(vertical), static_cast<double>(rows * columns));
  return measures;
}

// cells[i][j] for i < j: the rest follows by symmetry.
inline RecurrenceMeasures plain_measures(const Cells& cells) {
  const std::size_t n = cells.size();
  std::map<std::size_t, std::size_t> diagonal;
  std::map<std::size_t, std::size_t> vertical;
  std::map<std::size_t, std::size_t> with_identity;
  for (std::size_t lag = 1; lag < n; ++lag) {
    std::vector<bool> run;
    for (std::size_t i = 0; i + lag < n; ++i) run.push_back(cells[i][i + lag]);
    count_runs(run, diagonal);
  }
  for (std::size_t j = 0; j < n; ++j) {
    std::vector<bool> run;
    for (std::size_t i = 0; i < n; ++i) run.push_back(i < j ? cells[i][j] : i > j && cells[j][i]);
    count_runs(run, vertical);
    run[j] = true;
    count_runs(run, with_identity);
  }
  const auto pairs = n < 2 ? 0.0 : static_cast<double>(n) * static_cast<double>(n - 1) / 2;
  RecurrenceMeasures measures;
  fill(measures, plain_sums(diagonal), plain_sums(vertical), pairs);
  const PlainSums all = plain_sums(with_identity);
  if (n > 0) {
    measures.rr_identity = all.points / static_cast<double>(n * n);
    measures.lam_identity = all.points_in_lines / all.points;
  }
  return measures;
}

inline void expect_same(const RecurrenceMeasures& found, const RecurrenceMeasures& expected) {
  const auto same = [](const char* name, const std::optional<double>& a, const std::optional<double>& b) {
    ASSERT_EQ(a.has_value(), b.has_value()) << name;
    if (a) {
      EXPECT_NEAR(*a, *b, 1e-12) << name;
    }
  };
  same("rr", found.rr, expected.rr);
  same("det", found.det, expected.det);
  same("l", found.l, expected.l);
  same("lmax", found.lmax, expected.lmax);
  same("entr", found.entr, expected.entr);
  same("lam", found.lam, expected.lam);
  same("tt", found.tt, expected.tt);
  same("rr_identity", found.rr_identity, expected.rr_identity);
  same("lam_identity", found.lam_identity, expected.lam_identity);
}

}  // namespace duologue::measure::testing
