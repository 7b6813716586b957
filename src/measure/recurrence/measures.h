// The measures of recurrence quantification, from the lengths of a matrix's lines. The one place that defines
// them: the whole conversation (quantify.h) and the window (window.h) both end here.
//
// Source: Marwan, Romano, Thiel and Kurths 2007, sections 3.4 and 3.5; measurement.md section 3. Lines of at
// least 2; the line of identity is left out of everything (Theiler window 1), but for the two figures that
// say so.
//
// A plain value and pure functions; any thread. A figure that isn't defined is null, never 0: no pairs, no
// recurrences, or no lines.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace duologue::measure {

inline constexpr std::size_t kLeastLine = 2;  // points, for diagonal and for vertical lines

struct RecurrenceMeasures {
  std::optional<double> rr;    // recurrences among pairs of turns, [0, 1]
  std::optional<double> det;   // recurrences that lie on diagonal lines, [0, 1]
  std::optional<double> l;     // mean length of diagonal lines, turns
  std::optional<double> lmax;  // the longest of them
  std::optional<double> entr;  // entropy of their lengths, nats
  std::optional<double> lam;   // recurrences that lie on vertical lines, [0, 1]
  std::optional<double> tt;    // mean length of vertical lines (trapping time), turns
  // As other programs count: with the line of identity among the recurrences. Null for cross-recurrence.
  std::optional<double> rr_identity;
  std::optional<double> lam_identity;

  bool operator==(const RecurrenceMeasures&) const = default;
};

// Element l: how many lines have exactly l points. Element 0 is unused.
using LineLengths = std::vector<std::uint64_t>;

// What a matrix's lines come to.
struct Lines {
  LineLengths diagonal;
  LineLengths vertical;
  std::uint64_t cells = 0;  // those that the diagonals run through
};

// diagonal: of the upper triangle, as the matrix is symmetric. vertical: of all columns of the whole matrix.
// with_identity: the same once the line of identity is filled in; turns: of the conversation.
RecurrenceMeasures measures_of(const Lines& lines, const LineLengths& with_identity, std::uint64_t turns);

// Of a cross-recurrence matrix: all its diagonals, all its columns.
RecurrenceMeasures cross_measures_of(const Lines& lines);

// Changes the lengths of vertical lines to those with the line of identity filled in, at one turn: the line
// of `above` points that ends before the diagonal and the one of `below` that begins after it (0: there is
// none) become one.
void join_at_identity(LineLengths& vertical, std::size_t above, std::size_t below);

}  // namespace duologue::measure
