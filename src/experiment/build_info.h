// What a run ran on: the part of a record that texts may depend on besides spec and seed. Any thread.
#pragma once

#include <string>

namespace duologue::experiment {

std::string program_version();

// One JSON object: compiler, engine and its kernels (null where the build has none), the threads and GPUs
// that it may use, cpu.
std::string build_json();

}  // namespace duologue::experiment
