#include "measure/projections/noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "base/rng.h"

namespace duologue::measure {

namespace {

// Projections' own stream of random numbers: no other use of base/rng.h takes it.
constexpr auto kStream = static_cast<base::RngStream>(16);
constexpr std::uint32_t kJitterUse = 0;
constexpr std::uint32_t kShuffleUse = 1;

constexpr double kJitter = 1e-4;       // of the spread
constexpr double kLeastJitter = 1e-5;  // of the numbers themselves

// How large noise has to be to tell equal rows apart, and to survive in floats of their size.
double jitter_scale(const Points& points) {
  std::vector<double> mean(points.columns);
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    mean[i % points.columns] += static_cast<double>(points.values[i]);
  }
  for (double& value : mean) value /= static_cast<double>(points.rows);
  double around_means = 0;
  double around_zero = 0;
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const auto value = static_cast<double>(points.values[i]);
    const double difference = value - mean[i % points.columns];
    around_means += difference * difference;
    around_zero += value * value;
  }
  const auto count = static_cast<double>(points.values.size());
  const double scale =
      std::max(kJitter * std::sqrt(around_means / count), kLeastJitter * std::sqrt(around_zero / count));
  return scale > 0 ? scale : kJitter;
}

// Rows in an order that puts equal ones side by side, the earlier first.
std::vector<std::size_t> sorted_rows(const Points& points) {
  std::vector<std::size_t> order(points.rows);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const auto [left, right] = std::ranges::mismatch(points.row(a), points.row(b));
    return left == points.row(a).end() ? a < b : *left < *right;
  });
  return order;
}

}  // namespace

double Normal::next() {
  const base::RngKey key{seed_, 0, use_, kStream};
  const double radius = std::sqrt(-2.0 * std::log1p(-base::random_uniform(key, counter_)));
  const double angle = 2.0 * std::numbers::pi * base::random_uniform(key, counter_ + 1);
  counter_ += 2;
  return radius * std::cos(angle);
}

Points jittered(const Points& points, std::uint64_t seed) {
  Points made = points;
  const std::vector<std::size_t> order = sorted_rows(points);
  double scale = 0;
  Normal normal(seed, kJitterUse);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (!std::ranges::equal(points.row(order[i - 1]), points.row(order[i]))) continue;
    if (scale == 0) scale = jitter_scale(points);
    for (float& value : made.row(order[i])) {
      value = static_cast<float>(static_cast<double>(value) + scale * normal.next());
    }
  }
  return made;
}

std::vector<std::size_t> shuffled_turns(const std::vector<std::size_t>& lengths, std::uint64_t seed) {
  std::vector<std::size_t> order(std::accumulate(lengths.begin(), lengths.end(), std::size_t{0}));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::size_t first = 0;
  std::uint32_t trajectory = 0;
  for (const std::size_t length : lengths) {
    const base::RngKey key{seed, trajectory++, kShuffleUse, kStream};
    for (std::size_t left = length; left > 1; --left) {
      const double drawn = base::random_uniform(key, static_cast<std::uint32_t>(length - left));
      const auto place = std::min(left - 1, static_cast<std::size_t>(drawn * static_cast<double>(left)));
      std::swap(order[first + left - 1], order[first + place]);
    }
    first += length;
  }
  return order;
}

}  // namespace duologue::measure
