#include "measure/statistics/average_linkage.h"

#include <algorithm>
#include <limits>

namespace duologue::measure {

namespace {

// Each cluster lives at the place of one of its items; the others' places are empty.
class Chain {
 public:
  explicit Chain(DistanceMatrix distances)
      : distances_(std::move(distances)), sizes_(distances_.items(), 1) {}

  PairMerge merge_next() {
    if (chain_.empty()) chain_.push_back(first_cluster());
    while (true) {
      const std::size_t last = chain_.back();
      const auto [nearest, distance] = nearest_of(last);
      // Two that are each other's nearest: no other merge can come between them.
      if (chain_.size() > 1 && nearest == chain_[chain_.size() - 2]) {
        chain_.resize(chain_.size() - 2);
        merge(last, nearest);
        return {std::min(last, nearest), std::max(last, nearest), distance};
      }
      chain_.push_back(nearest);
    }
  }

 private:
  struct Neighbour {
    std::size_t place = 0;
    double distance = 0;
  };

  std::size_t first_cluster() const {
    return static_cast<std::size_t>(std::ranges::find_if(sizes_, [](std::size_t size) { return size > 0; }) -
                                    sizes_.begin());
  }

  // Of equally near ones the one before in the chain, so that a chain always ends; else the first.
  Neighbour nearest_of(std::size_t cluster) const {
    Neighbour nearest{0, std::numeric_limits<double>::infinity()};
    if (chain_.size() > 1) {
      const std::size_t before = chain_[chain_.size() - 2];
      nearest = {before, distances_.at(cluster, before)};
    }
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      if (sizes_[i] == 0 || i == cluster) continue;
      const double distance = distances_.at(cluster, i);
      if (distance < nearest.distance) nearest = {i, distance};
    }
    return nearest;
  }

  // `b` lives on at the place of `a`'s greater one; distances become the means over all pairs of items.
  void merge(std::size_t a, std::size_t b) {
    const auto [goes, stays] = std::minmax(a, b);
    const auto goes_size = static_cast<double>(sizes_[goes]);
    const auto stays_size = static_cast<double>(sizes_[stays]);
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      if (sizes_[i] == 0 || i == goes || i == stays) continue;
      distances_.set(i, stays,
                     (goes_size * distances_.at(i, goes) + stays_size * distances_.at(i, stays)) /
                         (goes_size + stays_size));
    }
    sizes_[stays] += sizes_[goes];
    sizes_[goes] = 0;
  }

  DistanceMatrix distances_;
  std::vector<std::size_t> sizes_;
  std::vector<std::size_t> chain_;
};

}  // namespace

std::vector<Merge> average_linkage(DistanceMatrix distances) {
  const std::size_t items = distances.items();
  std::vector<PairMerge> pairs;
  Chain chain(std::move(distances));
  for (std::size_t k = 1; k < items; ++k) pairs.push_back(chain.merge_next());
  if (pairs.empty()) return {};
  return grow_dendrogram(std::move(pairs));
}

std::vector<std::uint32_t> clusters_at_height(std::span<const Merge> merges, double height) {
  const auto above = std::ranges::upper_bound(merges, height, {}, &Merge::height);
  return clusters_after(merges, static_cast<std::size_t>(above - merges.begin()));
}

std::vector<std::uint32_t> clusters_of_count(std::span<const Merge> merges, std::size_t count) {
  const std::size_t items = merges.size() + 1;
  return clusters_after(merges, items - std::clamp<std::size_t>(count, 1, items));
}

}  // namespace duologue::measure
