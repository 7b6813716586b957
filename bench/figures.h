// What the bench drivers share: how they end, what they print, and the process's own figures. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "experiment/spec.h"

namespace duologue::bench {

double now_s();           // steady
double cpu_s();           // of the process, user and system
double peak_memory_mb();  // most resident memory so far, MB of 10^6 bytes

// Participants A and B with the same model and settings, no limit of context of its own.
experiment::ExperimentSpec two_sides(const std::string& model, const chat::Sampling& sampling,
                                     const chat::MemoryPolicy& memory);

// Prints the error's one line and returns the exit status of a failed bench.
int failed(const base::Error& error);
// Prints the figures, or the error: what main returns.
int finished(const base::Result<base::Json>& figures);

// A .duo file of an earlier run at this path goes, with what stands beside it: benches make new files.
void remove_file(const std::string& path);

}  // namespace duologue::bench
