// Work on several threads, where a caller allows more than one. The threads are a library's (subpar): this
// room has none of its own. Results never depend on their number: tasks write to places of their own.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace duologue::measure {

inline constexpr int kMaxThreads = 256;

// A caller's number of threads: 1 to kMaxThreads.
base::Status check_threads(int threads);

// Calls run(0) ... run(tasks - 1), each once, on up to `threads` threads at a time (within the bounds above),
// and returns when all have ended. A thread that is done takes the next task, so tasks may differ in size;
// the largest should come first.
void run_tasks(int threads, std::size_t tasks, const std::function<void(std::size_t task)>& run);

}  // namespace duologue::measure
