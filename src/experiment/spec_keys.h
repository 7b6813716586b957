// The keys of a spec file: those that are read and those that later versions will. The reader and the JSON
// Schema share them. Pure.
#pragma once

#include <string>
#include <vector>

namespace duologue::experiment {

struct KeySet {
  std::vector<std::string> known;
  std::vector<std::string> later;  // promised by the format, refused by name until they do something
};

const KeySet& spec_keys();
const KeySet& participant_keys();
const KeySet& opening_keys();
const KeySet& stop_keys();
const KeySet& budget_keys();

// What `stop: [{detected: LABEL}]` can wait for.
const std::vector<std::string>& detected_labels();

}  // namespace duologue::experiment
