// A spec's `grid:` and `arms:` written out: the YAML tree of each arm, every combination once. Pure.
//
//   grid:
//     sampling.temperature: [0.7, 1.0]        an axis of values of one key
//     pressure:                               an axis with named levels, each setting keys of its own
//       off: {}
//       on: {participants.*.system_file: pressure.txt}
//   arms:                                     one more axis with named levels
//     none: {}
//     nudge: {moderators: nudge.yaml}
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

namespace duologue::experiment {

inline constexpr std::size_t kMaxArms = 1000;

struct ArmTree {
  std::string name;  // "pressure=on, nudge"; empty where the spec has neither grid nor arms
  base::Yaml root;   // the spec with the arm's settings in it
};

// Arms in the order of a nested loop, the grid's first axis outermost. A setting of what all arms share
// (turns, openings, repeats, seed …) is an error.
base::Result<std::vector<ArmTree>> arms_of(const base::Yaml& root);

}  // namespace duologue::experiment
