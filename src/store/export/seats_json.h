// What the formats of JSON share: participants, and texts that were JSON. For .cc files only: it brings the
// JSON library.
#pragma once

#include <string>

#include "base/json.h"
#include "store/values.h"

namespace duologue::store {

// [{name, model, system_prompt}]
base::Json seats_json(const TrialRow& trial);

// The value that the text holds, or the text itself where it is no JSON.
base::Json parsed_or_text(const std::string& text);

}  // namespace duologue::store
