// Reads moderators from YAML (docs/spec.md, "Moderators"): of a spec, or of a schedule file. Errors begin
// with FILE:LINE:COLUMN. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "engine/instruction.h"

namespace duologue::experiment {

inline constexpr std::size_t kMaxModerators = 1000;

struct ModeratorContext {
  std::vector<std::string> participants;
  std::uint32_t turns = 0;  // of the conversation; 0: forever
  std::string folder;       // files and models are relative to it
};

// A list, a map with `moderators:`, or the name of a file that holds either. Whoever isn't at the table, and
// a turn past the end, is an error.
base::Result<std::vector<engine::Instruction>> read_moderators(const base::Yaml& node,
                                                               const ModeratorContext& context);

base::Result<std::vector<engine::Instruction>> read_schedule(const std::string& path,
                                                             const ModeratorContext& context);

}  // namespace duologue::experiment
