// HDBSCAN* (Campello, Moulavi & Sander 2013; Campello et al. 2015): clusters as the dense regions that last
// longest while the density asked for rises, with no number of clusters given. Mutual reachability, its
// minimum spanning tree, the condensed tree, clusters by excess of mass. O(n^2) time. Pure; any thread.
//
// Items that lie at distance 0 (or within `resolution`) aren't told apart: published programs divide by that
// distance, and a few exact copies then outweigh everything. Equal distances are undone together, so that the
// order of the items doesn't matter; published programs undo them one by one, and an item that hangs by one
// of them may be in a cluster or in none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "measure/statistics/distance_matrix.h"

namespace duologue::measure {

struct HdbscanSettings {
  std::size_t min_cluster_size = 5;        // 2 or more
  std::optional<std::size_t> min_samples;  // how many items make a place dense, itself included; by default
                                           // min_cluster_size
  // May everything be one cluster? Then all items are in it: none can lie outside of it.
  bool allow_single_cluster = false;
  double resolution = 0;  // distance up to which items are the same to us, 0 or more
};

struct Clustering {
  // Of each item its cluster, numbered from 0 by first members; null: in none ("noise").
  std::vector<std::optional<std::uint32_t>> cluster;
  // Of each item how long it stays in its cluster, against the one that stays longest: 0 to 1; 0 for noise.
  std::vector<double> strength;
  // Of each cluster its excess of mass.
  std::vector<double> stability;
};

// kUsage where a setting is outside its range.
base::Result<Clustering> hdbscan(const DistanceMatrix& distances, const HdbscanSettings& settings = {});

}  // namespace duologue::measure
