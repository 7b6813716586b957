// How many threads a model may use here. Any thread; reads /sys and /proc each time.
#pragma once

#include <cstdint>

namespace duologue::model::llama {

// Physical cores that this process may run on (affinity), no more than its control group's CPU quota; >= 1.
// Two threads of one core share its vector units: the second would only wait.
std::uint32_t usable_cores();

// Bytes that could be allocated now without pushing anything out: free memory, or less where a control group
// says so. 0: unknown.
std::uint64_t available_memory();

}  // namespace duologue::model::llama
