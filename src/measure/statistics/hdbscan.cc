#include "measure/statistics/hdbscan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "measure/statistics/dendrogram.h"

namespace duologue::measure {

namespace {

// The distance of each item to the k-th nearest, itself being the first.
std::vector<double> core_distances(const DistanceMatrix& distances, std::size_t k) {
  std::vector<double> row(distances.items());
  std::vector<double> core;
  for (std::size_t i = 0; i < row.size(); ++i) {
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = distances.at(i, j);
    const auto kth = row.begin() + static_cast<std::ptrdiff_t>(std::min(k, row.size()) - 1);
    std::ranges::nth_element(row, kth);
    core.push_back(*kth);
  }
  return core;
}

// Prim's algorithm on the mutual reachability distance, max(core of both, distance), which is made as it
// goes.
std::vector<PairMerge> spanning_tree(const DistanceMatrix& distances, const std::vector<double>& core,
                                     double resolution) {
  const std::size_t items = distances.items();
  std::vector<double> nearest(items, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> neighbour(items, 0);
  std::vector<bool> inside(items, false);
  std::vector<PairMerge> edges;
  std::size_t now = 0;
  while (edges.size() + 1 < items) {
    inside[now] = true;
    std::size_t next = items;
    for (std::size_t i = 0; i < items; ++i) {
      if (inside[i]) continue;
      const double reach = std::max({core[now], core[i], distances.at(now, i), resolution});
      if (reach < nearest[i]) {
        nearest[i] = reach;
        neighbour[i] = now;
      }
      if (next == items || nearest[i] < nearest[next]) next = i;
    }
    edges.push_back({neighbour[next], next, nearest[next]});
    now = next;
  }
  return edges;
}

// A cluster of the condensed tree: born where its parent splits in two that are both large enough; items
// leave it one by one, or all at last.
struct Node {
  std::size_t parent = 0;
  double birth = 0;      // density, 1 / distance
  double last = 0;       // the greatest density at which anything left it
  double stability = 0;  // sum over what left it of (density - birth), items counted each
  bool chosen = false;
};

class CondensedTree {
 public:
  CondensedTree(std::vector<Merge> merges, std::size_t min_size, double resolution)
      : merges_(std::move(merges)),
        items_(merges_.size() + 1),
        min_size_(min_size),
        resolution_(resolution),
        floor_(resolution) {
    for (std::size_t k = 0; k < merges_.size() && floor_ == 0; ++k) floor_ = merges_[k].height;
    if (floor_ == 0) floor_ = 1;
    left_.resize(items_);
    node_of_item_.resize(items_);
    order_items();
    condense();
  }

  void choose(bool allow_root);
  Clustering clusters() const;

 private:
  double density(double height) const { return 1.0 / std::max(height, floor_); }
  std::size_t size_of(std::size_t tree_node) const {
    return tree_node < items_ ? 1 : merges_[tree_node - items_].size;
  }

  // Lays the items out so that those below any merge are neighbours.
  void order_items() {
    first_.resize(items_ + merges_.size());
    for (std::size_t k = merges_.size(); k-- > 0;) {
      first_[merges_[k].left] = first_[items_ + k];
      first_[merges_[k].right] = first_[items_ + k] + size_of(merges_[k].left);
    }
    ordered_.resize(items_);
    for (std::size_t i = 0; i < items_; ++i) ordered_[first_[i]] = i;
  }

  void condense();
  std::vector<std::size_t> parts_of(std::size_t tree_node) const;
  void all_leave(std::size_t tree_node, std::size_t node, double at) {
    for (std::size_t i = 0; i < size_of(tree_node); ++i) {
      const std::size_t item = ordered_[first_[tree_node] + i];
      left_[item] = at;
      node_of_item_[item] = node;
    }
    leave(node, size_of(tree_node), at);
  }
  void leave(std::size_t node, std::size_t size, double at) {
    nodes_[node].stability += (at - nodes_[node].birth) * static_cast<double>(size);
    nodes_[node].last = std::max(nodes_[node].last, at);
  }

  std::vector<Merge> merges_;
  std::size_t items_;
  std::size_t min_size_;
  double resolution_;
  double floor_;                    // smallest distance that counts
  std::vector<std::size_t> first_;  // of every item and merge, where its items begin in ordered_
  std::vector<std::size_t> ordered_;
  std::vector<Node> nodes_;   // parents before children; 0 is everything
  std::vector<double> left_;  // of each item, the density at which it left its last cluster
  std::vector<std::size_t> node_of_item_;
};

// What a merge falls apart into just below its height: all merges of that very height are undone together.
// One after the other, the order of equal ones would decide who is in which cluster.
std::vector<std::size_t> CondensedTree::parts_of(std::size_t tree_node) const {
  const double height = merges_[tree_node - items_].height;
  std::vector<std::size_t> parts;
  std::vector<std::size_t> open{tree_node};
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    if (node < items_ || merges_[node - items_].height < height) {
      parts.push_back(node);
    } else {
      open.insert(open.end(), {merges_[node - items_].left, merges_[node - items_].right});
    }
  }
  return parts;
}

void CondensedTree::condense() {
  struct Visit {
    std::size_t tree_node;  // a merge: what lives on has at least two items
    std::size_t node;
  };
  nodes_.push_back({});
  std::vector<Visit> open{{items_ + merges_.size() - 1, 0}};
  const auto lives = [this](std::size_t part) { return size_of(part) >= min_size_; };
  while (!open.empty()) {
    const Visit visit = open.back();
    open.pop_back();
    const double height = merges_[visit.tree_node - items_].height;
    const double at = density(height);
    if (height <= resolution_) {
      all_leave(visit.tree_node, visit.node, at);
      continue;
    }
    const std::vector<std::size_t> parts = parts_of(visit.tree_node);
    const bool splits = std::ranges::count_if(parts, lives) > 1;
    for (const std::size_t part : parts) {
      if (!lives(part)) {
        all_leave(part, visit.node, at);
      } else if (!splits) {
        open.push_back({part, visit.node});
      } else {
        leave(visit.node, size_of(part), at);
        nodes_.push_back({visit.node, at, at, 0, false});
        open.push_back({part, nodes_.size() - 1});
      }
    }
  }
}

// Excess of mass: from the leaves up, a cluster is chosen over what was chosen below it unless that is
// stabler.
void CondensedTree::choose(bool allow_root) {
  std::vector<double> below(nodes_.size(), 0.0);
  for (std::size_t n = nodes_.size(); n-- > 0;) {
    Node& node = nodes_[n];
    node.chosen = below[n] <= node.stability && (n > 0 || allow_root);
    if (n > 0) below[node.parent] += node.chosen ? node.stability : below[n];
  }
  // What lies below a chosen one is part of it.
  std::vector<bool> covered(nodes_.size(), false);
  for (std::size_t n = 1; n < nodes_.size(); ++n) {
    const std::size_t parent = nodes_[n].parent;
    covered[n] = covered[parent] || nodes_[parent].chosen;
    if (covered[n]) nodes_[n].chosen = false;
  }
}

Clustering CondensedTree::clusters() const {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> chosen_above(nodes_.size(), kNone);
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    chosen_above[n] = nodes_[n].chosen ? n : n > 0 ? chosen_above[nodes_[n].parent] : kNone;
  }
  Clustering result;
  std::vector<std::optional<std::uint32_t>> names(nodes_.size());
  for (std::size_t item = 0; item < items_; ++item) {
    const std::size_t node = chosen_above[node_of_item_[item]];
    result.cluster.emplace_back(std::nullopt);
    result.strength.push_back(0);
    if (node == kNone) continue;
    if (!names[node]) {
      names[node] = static_cast<std::uint32_t>(result.stability.size());
      result.stability.push_back(nodes_[node].stability);
    }
    result.cluster[item] = names[node];
    result.strength[item] = std::min(left_[item], nodes_[node].last) / nodes_[node].last;
  }
  return result;
}

}  // namespace

base::Result<Clustering> hdbscan(const DistanceMatrix& distances, const HdbscanSettings& settings) {
  const std::size_t min_samples = settings.min_samples.value_or(settings.min_cluster_size);
  if (settings.min_cluster_size < 2 || min_samples < 1 || !(settings.resolution >= 0) ||
      std::isinf(settings.resolution)) {
    return base::fail(
        base::ErrorKind::kUsage,
        fmt::format("clusters of at least {}, {} samples, resolution {}: at least 2 make a cluster, at "
                    "least 1 a sample, and the resolution is 0 or more",
                    settings.min_cluster_size, min_samples, settings.resolution));
  }
  const std::size_t items = distances.items();
  if (items < 2 || items < settings.min_cluster_size) {
    return Clustering{std::vector<std::optional<std::uint32_t>>(items), std::vector<double>(items, 0.0), {}};
  }
  CondensedTree tree(
      grow_dendrogram(spanning_tree(distances, core_distances(distances, min_samples), settings.resolution)),
      settings.min_cluster_size, settings.resolution);
  tree.choose(settings.allow_single_cluster);
  return tree.clusters();
}

}  // namespace duologue::measure
