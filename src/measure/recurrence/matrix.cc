#include "measure/recurrence/matrix.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "measure/projections/dot_products.h"
#include "measure/projections/threads.h"

namespace duologue::measure {

namespace {

// A whole number of tiles of every kernel; few enough that their vectors stay in the cache.
constexpr std::size_t kTaskRows = 96;
constexpr std::size_t kWordBits = BitMatrix::kWordBits;

// 1 / length of each row, 0 for a row of zeros.
std::vector<double> inverse_lengths(const Points& points) {
  std::vector<double> scales(points.rows);
  for (std::size_t i = 0; i < points.rows; ++i) {
    double square = 0;
    for (const float value : points.row(i)) square += static_cast<double>(value) * static_cast<double>(value);
    scales[i] = square > 0 ? 1.0 / std::sqrt(square) : 0.0;
  }
  return scales;
}

// Rows [first, last) of the matrix: their cosines with all columns, or with those after the diagonal.
class RowBlock {
 public:
  RowBlock(const Points& queries, std::span<const double> scales, std::size_t first, std::size_t last)
      : first_(first), last_(last), unit_(make_points(last - first, queries.columns)) {
    for (std::size_t i = first; i < last; ++i) {
      const double scale = scales[i];
      std::ranges::transform(queries.row(i), unit_.row(i - first).begin(), [scale](float value) {
        return static_cast<float>(static_cast<double>(value) * scale);
      });
    }
  }

  void compare(const PackedRows& others, float threshold, bool upper, BitMatrix& matrix) const {
    const DotKernel& kernel = dot_kernel();
    std::array<float, kMaxTileRows * kMaxTileColumns> products{};
    std::array<const float*, kMaxTileRows> tile_rows{};
    const std::size_t first_panel = upper ? (first_ + 1) / kernel.columns : 0;
    for (std::size_t p = first_panel; p < others.panels(); ++p) {
      const std::size_t column = p * kernel.columns;
      for (std::size_t r = first_; r < last_; r += kernel.rows) {
        if (upper && column + kernel.columns <= r + 1) continue;  // wholly on or below the diagonal
        // A tile that the rows don't fill repeats the last one.
        for (std::size_t t = 0; t < kernel.rows; ++t) {
          tile_rows[t] = unit_.row(std::min(r + t, last_ - 1) - first_).data();
        }
        kernel.tile(tile_rows.data(), others.panel(p), others.depth(), products.data());
        for (std::size_t t = 0; t < kernel.rows && r + t < last_; ++t) {
          std::uint64_t bits = kernel.above(products.data() + t * kernel.columns, threshold)
                               << (column % kWordBits);
          if (upper) bits &= after(r + t, column / kWordBits);
          matrix.row(r + t)[column / kWordBits] |= bits;
        }
      }
    }
  }

 private:
  // The bits of a word whose columns lie after the diagonal of row i.
  static std::uint64_t after(std::size_t i, std::size_t word) {
    if (i + 1 <= word * kWordBits) return ~std::uint64_t{0};
    const std::size_t below = i + 1 - word * kWordBits;
    return below >= kWordBits ? 0 : ~std::uint64_t{0} << below;
  }

  std::size_t first_;
  std::size_t last_;
  Points unit_;
};

base::Status check_inputs(const Points& points, double threshold, int threads) {
  TRY(check_points(points, 0, kMaxRecurrenceTurns, "recurrence"));
  TRY(check_threads(threads));
  if (threshold >= 0 && threshold < 1) return {};
  return base::fail(
      base::ErrorKind::kUsage,
      fmt::format("recurrence: a threshold of {} for the cosine: give one from 0 to below 1", threshold));
}

BitMatrix compare_all(const Points& first, const Points& second, bool upper, float threshold, int threads) {
  const std::vector<double> first_scales = inverse_lengths(first);
  const PackedRows others(second, upper ? first_scales : inverse_lengths(second));
  BitMatrix matrix(first.rows, second.rows);
  const std::size_t tasks = (first.rows + kTaskRows - 1) / kTaskRows;
  run_tasks(threads, tasks, [&](std::size_t task) {
    const std::size_t begin = task * kTaskRows;
    const RowBlock block(first, first_scales, begin, std::min(begin + kTaskRows, first.rows));
    block.compare(others, threshold, upper, matrix);
  });
  return matrix;
}

}  // namespace

base::Status check_recurrence_turns(std::size_t turns) {
  if (turns <= kMaxRecurrenceTurns) return {};
  return base::fail(base::ErrorKind::kBadInput,
                    fmt::format("recurrence: {} turns are too many, it takes at most {}: leave some out",
                                turns, kMaxRecurrenceTurns));
}

base::Result<Recurrence> recurrence_of(const Points& turns, double threshold, int threads) {
  TRY(check_inputs(turns, threshold, threads));
  return Recurrence{compare_all(turns, turns, true, static_cast<float>(threshold), threads)};
}

base::Result<CrossRecurrence> cross_recurrence_of(const Points& first, const Points& second, double threshold,
                                                  int threads) {
  TRY(check_inputs(first, threshold, threads));
  TRY(check_inputs(second, threshold, threads));
  if (first.columns != second.columns) {
    return base::fail(
        base::ErrorKind::kBadInput,
        fmt::format("cross-recurrence: vectors of {} and of {} numbers can't be compared: embed both "
                    "sides with one embedder",
                    first.columns, second.columns));
  }
  return CrossRecurrence{compare_all(first, second, false, static_cast<float>(threshold), threads)};
}

base::Result<Recurrence> recurrence_of(std::span<const std::uint32_t> symbols) {
  TRY(check_recurrence_turns(symbols.size()));
  Recurrence made{BitMatrix(symbols.size(), symbols.size())};
  std::vector<std::size_t> order(symbols.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return symbols[i]; });
  // The turns of one symbol, last to first: each has the bits of those after it.
  std::vector<std::uint64_t> later(made.upper.words());
  for (std::size_t end = order.size(); end > 0;) {
    std::size_t begin = end;
    while (begin > 0 && symbols[order[begin - 1]] == symbols[order[end - 1]]) --begin;
    for (std::size_t k = end; k > begin; --k) {
      const std::size_t turn = order[k - 1];
      const std::size_t word = turn / kWordBits;
      const auto row = made.upper.row(turn);
      std::copy(later.begin() + static_cast<std::ptrdiff_t>(word), later.end(),
                row.begin() + static_cast<std::ptrdiff_t>(word));
      later[word] |= std::uint64_t{1} << (turn % kWordBits);
    }
    for (std::size_t k = begin; k < end; ++k) later[order[k] / kWordBits] = 0;
    end = begin;
  }
  return made;
}

}  // namespace duologue::measure
