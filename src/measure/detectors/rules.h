// The rules by which states and events are judged, read from data/detectors.yaml, which explains them.
// Immutable once read; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "measure/detectors/evidence.h"

namespace duologue::measure {

// What a condition says of a turn: from -1, against, to 1, for. A quantity that is null is against.
struct Condition {
  enum class Kind { kSeries, kDensity, kPresence, kAny };
  enum class Take { kMean, kLeast, kMost };
  struct Weight {
    Marker marker = Marker::kFarewell;
    double weight = 1;
  };

  Kind kind = Kind::kSeries;
  Quantity quantity = Quantity::kNearest;  // of kSeries
  std::vector<Weight> markers;             // of kDensity (a weighted sum), of kPresence (any of them)
  std::vector<Condition> parts;            // of kAny: the strongest of them
  std::size_t over = 1;                    // turns
  Take take = Take::kMean;
  bool at_least = true;  // or at most
  double threshold = 0;
  double width = 1;  // above 0

  double evidence(const EvidenceWindow& window) const;
  // Collects the markers that it counts, for a quote.
  void collect(std::vector<Marker>& counted) const;
};

// One way in which a state shows.
struct Way {
  std::string name;
  double hold = 1;                   // above 0
  bool from_first_instance = false;  // the onset is the turn that the first one repeats
  std::string embedder;  // the identity of the one that its thresholds are for; empty: it needs none
  std::vector<Condition> all;

  // The weakest condition's. Against where another embedder, or none, is at work: distances of one don't mean
  // those of another.
  double evidence(const EvidenceWindow& window) const;
};

struct Rule {
  std::string label;
  std::vector<Way> ways;  // at least one
};

class RuleBook {
 public:
  static const RuleBook& built_in();
  // kUsage, with FILE:LINE:COLUMN.
  static base::Result<RuleBook> parse(std::string_view yaml, const std::string& file);

  const Rule& converged() const { return converged_; }
  const Rule& drift() const { return drift_; }
  const std::vector<Rule>& labels() const { return labels_; }  // the others, in the order of the file
  // Everything that can be detected: "converged", "drift" and the labels.
  std::vector<std::string> names() const;
  // The rules and the markers' phrases, hashed: a verdict's instrument.
  const std::string& hash() const { return hash_; }

 private:
  Rule converged_;
  Rule drift_;
  std::vector<Rule> labels_;
  std::string hash_;
};

}  // namespace duologue::measure
