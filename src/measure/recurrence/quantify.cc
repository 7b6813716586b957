// Lines are found a word of 64 cells at a time: with the cells before and after them along the line's
// direction, bit operations tell which points stand alone (they are only counted), which begin a line and
// which end one. Only the beginnings and ends are looked at one by one.
#include "measure/recurrence/quantify.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <span>
#include <vector>

#include "measure/projections/threads.h"

namespace duologue::measure {

namespace {

using Word = std::uint64_t;
constexpr std::size_t kWordBits = BitMatrix::kWordBits;
constexpr std::size_t kTopBit = kWordBits - 1;

template <typename Visit>
void each_bit(Word bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<std::size_t>(std::countr_zero(bits)));
}

std::span<const Word> row_or_nothing(const BitMatrix& matrix, const std::vector<Word>& nothing,
                                     std::size_t i) {
  return i < matrix.rows() ? matrix.row(i) : std::span(nothing);
}

// Lines down the columns. Where asked, element j becomes the length of the line in column j that ends just
// above the diagonal.
LineLengths down_columns(const BitMatrix& matrix, std::vector<std::uint32_t>* above_diagonal) {
  LineLengths lengths(matrix.rows() + 1);
  const std::vector<Word> nothing(matrix.words());
  std::vector<std::uint32_t> begin(matrix.columns());
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    const auto before = row_or_nothing(matrix, nothing, i - 1);
    const auto here = matrix.row(i);
    const auto after = row_or_nothing(matrix, nothing, i + 1);
    for (std::size_t w = 0; w < here.size(); ++w) {
      const Word points = here[w];
      if (points == 0) continue;
      lengths[1] += static_cast<Word>(std::popcount(points & ~before[w] & ~after[w]));
      each_bit(points & ~before[w] & after[w],
               [&](std::size_t bit) { begin[w * kWordBits + bit] = static_cast<std::uint32_t>(i); });
      each_bit(points & before[w] & ~after[w],
               [&](std::size_t bit) { ++lengths[i - begin[w * kWordBits + bit] + 1]; });
    }
    if (above_diagonal == nullptr || i + 1 >= matrix.columns() || !matrix.at(i, i + 1)) continue;
    const bool alone = i == 0 || !matrix.at(i - 1, i + 1);
    (*above_diagonal)[i + 1] = static_cast<std::uint32_t>(alone ? 1 : i - begin[i + 1] + 1);
  }
  return lengths;
}

// Lines along the diagonals, from the upper left.
LineLengths down_diagonals(const BitMatrix& matrix) {
  LineLengths lengths(std::min(matrix.rows(), matrix.columns()) + 1);
  const std::vector<Word> nothing(matrix.words());
  // By diagonal: column - row + (rows - 1).
  std::vector<std::uint32_t> begin(matrix.rows() + matrix.columns());
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    const auto before_row = row_or_nothing(matrix, nothing, i - 1);
    const auto here = matrix.row(i);
    const auto after_row = row_or_nothing(matrix, nothing, i + 1);
    std::uint32_t* begin_of_row = begin.data() + (matrix.rows() - 1 - i);
    for (std::size_t w = 0; w < here.size(); ++w) {
      const Word points = here[w];
      if (points == 0) continue;
      const Word before = before_row[w] << 1U | (w > 0 ? before_row[w - 1] >> kTopBit : 0);
      const Word after = after_row[w] >> 1U | (w + 1 < here.size() ? after_row[w + 1] << kTopBit : 0);
      lengths[1] += static_cast<Word>(std::popcount(points & ~before & ~after));
      each_bit(points & ~before & after,
               [&](std::size_t bit) { begin_of_row[w * kWordBits + bit] = static_cast<std::uint32_t>(i); });
      each_bit(points & before & ~after,
               [&](std::size_t bit) { ++lengths[i - begin_of_row[w * kWordBits + bit] + 1]; });
    }
  }
  return lengths;
}

// Lines along the rows. Element i of below_diagonal becomes the length of the line in row i that begins just
// right of the diagonal: in the whole, symmetric matrix that is the line in column i just below it.
LineLengths along_rows(const BitMatrix& matrix, std::vector<std::uint32_t>& below_diagonal) {
  LineLengths lengths(matrix.columns() + 1);
  for (std::size_t i = 0; i < matrix.rows(); ++i) {
    const auto here = matrix.row(i);
    std::size_t begin = 0;
    for (std::size_t w = i / kWordBits; w < here.size(); ++w) {
      const Word points = here[w];
      if (points == 0) continue;
      const Word before = points << 1U | (w > 0 ? here[w - 1] >> kTopBit : 0);
      const Word after = points >> 1U | (w + 1 < here.size() ? here[w + 1] << kTopBit : 0);
      const Word alone = points & ~before & ~after;
      lengths[1] += static_cast<Word>(std::popcount(alone));
      const Word begins = points & ~before & after;
      each_bit(begins | (points & before & ~after), [&](std::size_t bit) {
        const std::size_t j = w * kWordBits + bit;
        if ((begins >> bit & 1U) != 0) {
          begin = j;
          return;
        }
        ++lengths[j - begin + 1];
        if (begin == i + 1) below_diagonal[i] = static_cast<std::uint32_t>(j - begin + 1);
      });
      const std::size_t next = i + 1;
      if (next / kWordBits == w && (alone >> (next % kWordBits) & 1U) != 0) below_diagonal[i] = 1;
    }
  }
  return lengths;
}

}  // namespace

RecurrenceMeasures quantify(const Recurrence& recurrence, int threads) {
  const BitMatrix& upper = recurrence.upper;
  const std::uint64_t turns = upper.rows();
  Lines lines;
  lines.cells = turns < 2 ? 0 : turns * (turns - 1) / 2;
  LineLengths along;
  std::vector<std::uint32_t> above(turns);
  std::vector<std::uint32_t> below(turns);
  run_tasks(threads, 3, [&](std::size_t task) {
    if (task == 0) lines.diagonal = down_diagonals(upper);
    if (task == 1) lines.vertical = down_columns(upper, &above);
    if (task == 2) along = along_rows(upper, below);
  });
  // The columns of the lower triangle are the rows of the upper one.
  std::ranges::transform(lines.vertical, along, lines.vertical.begin(), std::plus{});
  LineLengths with_identity = lines.vertical;
  for (std::size_t i = 0; i < turns; ++i) join_at_identity(with_identity, above[i], below[i]);
  return measures_of(lines, with_identity, turns);
}

RecurrenceMeasures quantify(const CrossRecurrence& recurrence, int threads) {
  const BitMatrix& cells = recurrence.cells;
  Lines lines;
  lines.cells = static_cast<std::uint64_t>(cells.rows()) * cells.columns();
  run_tasks(threads, 2, [&](std::size_t task) {
    if (task == 0) lines.diagonal = down_diagonals(cells);
    if (task == 1) lines.vertical = down_columns(cells, nullptr);
  });
  return cross_measures_of(lines);
}

}  // namespace duologue::measure
