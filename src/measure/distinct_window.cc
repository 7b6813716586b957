#include "measure/distinct_window.h"

#include <algorithm>
#include <cstdint>

namespace duologue::measure {

DistinctShares DistinctWindow::add(std::span<const TokenId> tokens) {
  tokens = tokens.last(std::min(tokens.size(), kDistinctWindow));
  const std::size_t room = kDistinctWindow - tokens.size();
  if (window_.size() > room)
    window_.erase(window_.begin(), window_.end() - static_cast<std::ptrdiff_t>(room));
  window_.insert(window_.end(), tokens.begin(), tokens.end());
  DistinctShares shares;
  if (window_.size() < kDistinctWindow) return shares;
  again_.fill(true);
  for (std::size_t n = 1; n <= kDistinctOrders; ++n) {
    const std::size_t grams = kDistinctWindow - n + 1;
    shares[n - 1] = static_cast<double>(grams - count_repeats(n)) / static_cast<double>(grams);
  }
  return shares;
}

// How many n-grams stood in the window before. A gram can come again only if both grams of one token less in
// it do: most need no look.
std::size_t DistinctWindow::count_repeats(std::size_t n) {
  std::size_t repeats = 0;
  seen_.restart(kDistinctWindow);
  for (std::size_t i = 0; i + n <= kDistinctWindow; ++i) {
    const bool may = again_[i] && (n == 1 || again_[i + 1]);
    again_[i] = false;
    if (!may) continue;
    const std::uint32_t before =
        seen_.meet(gram_of(std::span(window_).subspan(i, n)), static_cast<std::uint32_t>(i));
    if (before == SeenTable::kNever) continue;
    ++repeats;
    again_[i] = again_[before] = true;
  }
  return repeats;
}

}  // namespace duologue::measure
