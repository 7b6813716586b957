// A YAML tree as a JSON value: plain words that are numbers, truth values or null become these, all else a
// string. Pure.
#pragma once

#include "base/json.h"
#include "base/yaml.h"

namespace duologue::base {

Json yaml_to_json(const Yaml& node);

}  // namespace duologue::base
