// How a verdict "this series stays beyond a threshold for so many turns" depends on both: each conversation's
// series is computed once, and for each hold there is one number, the threshold at which it begins to count.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/statistics/rates.h"

namespace duologue::experiment {

// What people say became of a conversation.
using Verdicts = std::map<std::string, bool>;  // id: converged

// A table with tabs and a head line, with the columns `id` and `state` (converged, drift, none); other
// columns are passed over. kNotFound, kIo; kBadInput with FILE:LINE.
base::Result<Verdicts> read_verdicts(const std::string& path);

class Sweep {
 public:
  // `above`: values above the threshold count, else values below it. Holds in turns, from 1.
  Sweep(std::vector<std::uint32_t> holds, bool above);

  // The values of one conversation's measured turns, in order. A null one is beyond no threshold.
  void add(const std::string& id, std::span<const std::optional<double>> values);
  std::size_t conversations() const { return ids_.size(); }

  struct Cell {
    measure::Proportion flagged;  // conversations of all
    // Where verdicts are known: flagged of those that didn't converge, not flagged of those that did.
    measure::Proportion false_positives;
    measure::Proportion false_negatives;
  };
  // `hold`: an index into the holds. `verdicts` may be null.
  Cell cell(double threshold, std::size_t hold, const Verdicts* verdicts) const;

 private:
  bool flagged(std::size_t conversation, double threshold, std::size_t hold) const;

  std::vector<std::uint32_t> holds_;
  bool above_;
  std::vector<std::string> ids_;
  // For each conversation and hold the extreme over its runs of the value nearest to the threshold; infinite
  // where no run is that long.
  std::vector<double> edges_;
};

}  // namespace duologue::experiment
