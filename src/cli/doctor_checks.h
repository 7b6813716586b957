// What `doctor` looks at on this machine. Each check stands alone; none changes anything that stays. Main
// thread.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duologue::cli {

struct Check {
  std::string name;
  std::optional<bool> ok;  // empty: neither: something that is merely not there
  std::string detail;
  std::string mend;  // where it isn't ok, or could be more
};

std::vector<Check> check_build();          // version, compiler, engine
std::vector<Check> check_machine();        // processor, memory
std::vector<Check> check_folders();        // cache, data, configuration
std::vector<Check> check_configuration();  // the configuration file: readable, and its keys its owner's alone
std::vector<Check> check_providers(std::stop_token stop);  // one tiny call to each that is configured
std::vector<Check> check_weights();                        // known weights and their hashes, Ollama's
std::vector<Check> check_terminal();                       // what the live view finds
std::vector<Check> check_recording();  // a recording in the data folder, written, synced and read back
// Whether texts are the same whatever else is decoded beside them, on this machine, with the default model.
// Seconds.
std::vector<Check> check_determinism(std::stop_token stop);

}  // namespace duologue::cli
