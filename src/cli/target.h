// What reading commands take: FILE.duo, FILE.duo:TRIAL, and ranges of turns. Pure but for looking whether a
// file is there.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/reader.h"

namespace duologue::cli {

struct Target {
  std::string path;
  std::optional<std::uint32_t> trial;  // as given
};

// The whole word is the path where such a file exists, or where no number stands after its last colon.
Target target_from(const std::string& word);

struct TurnRange {
  std::uint32_t first = 1;
  std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  bool holds(std::uint32_t turn) const { return first <= turn && turn <= last; }
};
// "10-20", "10-", "-20", "10". kUsage.
base::Result<TurnRange> range_from(const std::string& word);

// The trial that the target means: the one named, or the only one. kNotFound, kUsage where there are several.
base::Result<store::TrialSummary> find_trial(store::Reader& reader, const Target& target);

}  // namespace duologue::cli
