// The Series door: one number a turn. A series is causal (turns 1..t decide its value at t), incremental, and
// keeps a state whose size doesn't grow with the conversation, unless its description says by how much. A new
// series is one file in measure/series/ and one row in measure/registry.h; help, docs and column names follow
// from the row.
//
// A Series belongs to one conversation and one thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "measure/turn_features.h"

namespace duologue::measure {

class Series {
 public:
  virtual ~Series() = default;
  // The measured turns, in order. Null where the series isn't defined there; never 0 for "unknown".
  virtual std::optional<double> observe(const TurnFeatures& features) = 0;
};

// One turn's values, in the order of kSeries (measure/registry.h): values[series_index("period")].
using SeriesValues = std::span<const std::optional<double>>;

// When a series is computed.
enum class Tier {
  kLive,      // while a conversation runs, and by `measure`: the detectors rest on these
  kFull,      // by `measure` only
  kEmbedded,  // where an embedder is given
  kEngine,    // by the model that spoke or heard; recorded with its call
};

// What people need to know of a series. Static storage.
struct SeriesInfo {
  std::string_view name;  // as in records and tables: lower case, stays for good
  Tier tier;
  std::string_view unit;
  std::string_view range;
  std::string_view what;              // the formula, in a sentence
  std::string_view needs;             // when it is null
  std::string_view source;            // where the formula comes from
  std::unique_ptr<Series> (*make)();  // null for kEngine
};

}  // namespace duologue::measure
