#include "measure/projections/neighbours.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "measure/projections/dot_products.h"
#include "measure/projections/threads.h"

namespace duologue::measure {

namespace {

constexpr std::size_t kTaskRows = 96;    // a whole number of tiles of every kernel
constexpr std::size_t kSpareFactor = 4;  // candidates kept before they are thinned out, in neighbours wanted
constexpr std::size_t kLeastSpare = 64;

struct Candidate {
  float score = 0;  // higher is nearer
  int row = 0;
};

bool is_nearer(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

// The best candidates of one row so far.
class Nearest {
 public:
  explicit Nearest(std::size_t count) : count_(count), most_(count * kSpareFactor + kLeastSpare) {
    candidates_.reserve(most_);
  }

  // A score that isn't above this can't be among the nearest: equal ones lose to the earlier rows.
  float bound() const { return bound_; }

  void add(const Candidate& candidate) {
    candidates_.push_back(candidate);
    if (candidates_.size() == most_) thin_out();
  }

  void thin_out() {
    if (candidates_.size() <= count_) return;
    const auto last = candidates_.begin() + static_cast<std::ptrdiff_t>(count_) - 1;
    std::ranges::nth_element(candidates_, last, is_nearer);
    bound_ = last->score;
    candidates_.resize(count_);
  }

  std::span<const Candidate> candidates() const { return candidates_; }

 private:
  std::size_t count_;
  std::size_t most_;
  float bound_ = -std::numeric_limits<float>::infinity();
  std::vector<Candidate> candidates_;
};

// |x - y|^2 = |x|^2 - 2 (x.y - |y|^2 / 2): for a given x, the nearest y have the highest x.y - |y|^2 / 2.
// With one more column, 1 in the queries and -|y|^2 / 2 in the others, that is a dot product.
struct Augmented {
  Points queries;
  Points others;
};

Augmented augment(const Points& points) {
  std::vector<double> mean(points.columns);
  for (std::size_t i = 0; i < points.rows; ++i) {
    const auto row = points.row(i);
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += static_cast<double>(row[k]);
  }
  for (double& value : mean) value /= static_cast<double>(points.rows);
  Augmented made{make_points(points.rows, points.columns + 1), make_points(points.rows, points.columns + 1)};
  for (std::size_t i = 0; i < points.rows; ++i) {
    const auto row = points.row(i);
    const auto query = made.queries.row(i);
    double square = 0;
    // Around the mean: products of what all rows share would cost the digits that tell them apart.
    for (std::size_t k = 0; k < mean.size(); ++k) {
      query[k] = static_cast<float>(static_cast<double>(row[k]) - mean[k]);
      square += static_cast<double>(query[k]) * static_cast<double>(query[k]);
    }
    std::ranges::copy(query, made.others.row(i).begin());
    query.back() = 1.0F;
    made.others.row(i).back() = static_cast<float>(-square / 2);
  }
  return made;
}

float distance(std::span<const float> a, std::span<const float> b) {
  double square = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double difference = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    square += difference * difference;
  }
  return static_cast<float>(std::sqrt(square));
}

// The neighbours of rows [first, last), by score.
std::vector<Nearest> search(const Points& queries, const PackedRows& others, std::size_t first,
                            std::size_t last, std::size_t count) {
  const DotKernel& kernel = dot_kernel();
  std::vector<Nearest> nearest(last - first, Nearest(count));
  std::array<float, kMaxTileRows * kMaxTileColumns> products{};
  std::array<const float*, kMaxTileRows> tile_rows{};
  for (std::size_t p = 0; p < others.panels(); ++p) {
    const std::size_t column = p * kernel.columns;
    const std::size_t columns = std::min(kernel.columns, queries.rows - column);
    const std::uint64_t inside = ~std::uint64_t{0} >> (64 - columns);
    for (std::size_t r = first; r < last; r += kernel.rows) {
      // A tile that the rows don't fill repeats the last one.
      for (std::size_t t = 0; t < kernel.rows; ++t) {
        tile_rows[t] = queries.row(std::min(r + t, last - 1)).data();
      }
      kernel.tile(tile_rows.data(), others.panel(p), others.depth(), products.data());
      for (std::size_t t = 0; t < kernel.rows && r + t < last; ++t) {
        Nearest& of_row = nearest[r + t - first];
        const float* scores = products.data() + t * kernel.columns;
        for (std::uint64_t bits = kernel.above(scores, of_row.bound()) & inside; bits != 0;
             bits &= bits - 1) {
          const auto c = static_cast<std::size_t>(std::countr_zero(bits));
          if (column + c != r + t) of_row.add({scores[c], static_cast<int>(column + c)});
        }
      }
    }
  }
  return nearest;
}

}  // namespace

NeighbourLists nearest_neighbours(const Points& points, std::size_t count, int threads) {
  NeighbourLists lists(points.rows);
  if (count == 0) return lists;
  const Augmented augmented = augment(points);
  const std::vector<double> ones(points.rows, 1.0);
  const PackedRows others(augmented.others, ones);
  const std::size_t tasks = (points.rows + kTaskRows - 1) / kTaskRows;
  run_tasks(threads, tasks, [&](std::size_t task) {
    const std::size_t first = task * kTaskRows;
    const std::size_t last = std::min(first + kTaskRows, points.rows);
    std::vector<Nearest> nearest = search(augmented.queries, others, first, last, count);
    for (std::size_t i = first; i < last; ++i) {
      Nearest& of_row = nearest[i - first];
      of_row.thin_out();
      auto& list = lists[i];
      list.reserve(count);
      for (const Candidate& candidate : of_row.candidates()) {
        const auto row = static_cast<std::size_t>(candidate.row);
        list.emplace_back(candidate.row, distance(points.row(i), points.row(row)));
      }
      std::ranges::sort(list, [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second < b.second : a.first < b.first;
      });
    }
  });
  return lists;
}

}  // namespace duologue::measure
