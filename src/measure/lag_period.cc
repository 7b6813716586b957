#include "measure/lag_period.h"

#include <algorithm>
#include <numeric>

namespace duologue::measure {

LagPeriod::LagPeriod(std::size_t pairs, std::size_t least_pairs) : pairs_(pairs), least_pairs_(least_pairs) {
  for (Recent& lag : lags_) lag.similarities.assign(pairs_, 0.0);
}

void LagPeriod::add(const LagSpectrum& distances) {
  for (std::size_t i = 0; i < kLags; ++i) {
    if (!distances[i]) continue;
    Recent& lag = lags_[i];
    lag.similarities[lag.added++ % pairs_] = 1.0 - *distances[i];
  }
}

std::optional<double> LagPeriod::mean_similarity(std::size_t lag_index) const {
  const Recent& lag = lags_[lag_index];
  if (lag.added < least_pairs_) return std::nullopt;
  const std::size_t count = std::min(lag.added, pairs_);
  const double sum =
      std::accumulate(lag.similarities.begin(), lag.similarities.end(), 0.0);  // unused ones are 0
  return sum / static_cast<double>(count);
}

std::optional<std::uint32_t> LagPeriod::value() const {
  std::array<std::optional<double>, kLags> means;
  double greatest = 0;
  for (std::size_t i = 0; i < kLags; ++i) {
    means[i] = mean_similarity(i);
    if (means[i]) greatest = std::max(greatest, *means[i]);
  }
  if (greatest < kLeastSimilarity) return std::nullopt;
  for (std::size_t i = 0; i < kLags; ++i) {
    if (means[i] && *means[i] >= greatest - kTie) return static_cast<std::uint32_t>(i + 1);
  }
  return std::nullopt;
}

}  // namespace duologue::measure
