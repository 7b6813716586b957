// Reads tools from YAML (docs/tools.md). Errors begin with FILE:LINE:COLUMN, as a spec's do. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "engine/tool.h"

namespace duologue::experiment {

inline constexpr std::size_t kMaxTools = 64;

// A list of tools, a map with `tools:`, or the name of a file that holds either, relative to `folder`.
base::Result<std::vector<engine::Tool>> read_tools(const base::Yaml& node, const std::string& folder);

base::Result<std::vector<engine::Tool>> read_tools_file(const std::string& path);

// [A-Za-z0-9_-]{1,64}: what every provider takes.
bool is_tool_name(std::string_view name);

}  // namespace duologue::experiment
