#include "measure/distinct_window.h"

#include <algorithm>

namespace duologue::measure {

DistinctShares DistinctWindow::add(std::span<const TokenId> tokens) {
  tokens = tokens.last(std::min(tokens.size(), kDistinctWindow));
  const std::size_t room = kDistinctWindow - tokens.size();
  if (window_.size() > room)
    window_.erase(window_.begin(), window_.end() - static_cast<std::ptrdiff_t>(room));
  window_.insert(window_.end(), tokens.begin(), tokens.end());
  DistinctShares shares;
  if (window_.size() < kDistinctWindow) return shares;
  for (SeenTable& seen : seen_) seen.restart(kDistinctWindow);
  for (std::size_t i = 0; i < kDistinctWindow; ++i) {
    std::uint64_t gram = 0;
    const std::size_t orders = std::min(kDistinctOrders, kDistinctWindow - i);
    for (std::size_t n = 0; n < orders; ++n) {
      gram = extend_gram(gram, window_[i + n]);
      seen_[n].meet(gram, 0);
    }
  }
  for (std::size_t n = 0; n < kDistinctOrders; ++n) {
    const auto grams = static_cast<double>(kDistinctWindow - n);
    shares[n] = static_cast<double>(seen_[n].distinct()) / grams;
  }
  return shares;
}

}  // namespace duologue::measure
