#include "measure/recurrence/measures.h"

#include <cmath>
#include <cstddef>

namespace duologue::measure {

namespace {

struct Sums {
  std::uint64_t points = 0;
  std::uint64_t points_in_lines = 0;
  std::uint64_t lines = 0;
  std::uint64_t longest = 0;
};

Sums sums_of(const LineLengths& lengths) {
  Sums sums;
  for (std::size_t l = 1; l < lengths.size(); ++l) {
    if (lengths[l] == 0) continue;
    sums.points += l * lengths[l];
    if (l < kLeastLine) continue;
    sums.points_in_lines += l * lengths[l];
    sums.lines += lengths[l];
    sums.longest = l;
  }
  return sums;
}

std::optional<double> share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::optional<double> entropy_nats(const LineLengths& lengths, std::uint64_t lines) {
  if (lines == 0) return std::nullopt;
  double sum = 0;
  for (std::size_t l = kLeastLine; l < lengths.size(); ++l) {
    if (lengths[l] == 0) continue;
    const double p = static_cast<double>(lengths[l]) / static_cast<double>(lines);
    sum -= p * std::log(p);
  }
  return sum + 0.0;  // -0 becomes 0
}

}  // namespace

RecurrenceMeasures cross_measures_of(const Lines& lines) {
  const Sums diagonal = sums_of(lines.diagonal);
  const Sums vertical = sums_of(lines.vertical);
  RecurrenceMeasures measures;
  measures.rr = share(diagonal.points, lines.cells);
  measures.det = share(diagonal.points_in_lines, diagonal.points);
  measures.l = share(diagonal.points_in_lines, diagonal.lines);
  if (diagonal.lines > 0) measures.lmax = static_cast<double>(diagonal.longest);
  measures.entr = entropy_nats(lines.diagonal, diagonal.lines);
  measures.lam = share(vertical.points_in_lines, vertical.points);
  measures.tt = share(vertical.points_in_lines, vertical.lines);
  return measures;
}

RecurrenceMeasures measures_of(const Lines& lines, const LineLengths& with_identity, std::uint64_t turns) {
  RecurrenceMeasures measures = cross_measures_of(lines);
  const Sums vertical = sums_of(with_identity);
  measures.rr_identity = share(vertical.points, turns * turns);
  measures.lam_identity = share(vertical.points_in_lines, vertical.points);
  return measures;
}

void join_at_identity(LineLengths& vertical, std::size_t above, std::size_t below) {
  if (above > 0) --vertical[above];
  if (below > 0) --vertical[below];
  ++vertical[above + 1 + below];
}

}  // namespace duologue::measure
