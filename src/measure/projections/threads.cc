#include "measure/projections/threads.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>
#include <subpar/subpar.hpp>

namespace duologue::measure {

base::Status check_threads(int threads) {
  if (threads >= 1 && threads <= kMaxThreads) return {};
  return base::fail(base::ErrorKind::kUsage, fmt::format("{} threads: give 1 to {}", threads, kMaxThreads));
}

void run_tasks(int threads, std::size_t tasks, const std::function<void(std::size_t task)>& run) {
  const auto most = static_cast<int>(std::min<std::size_t>(tasks, kMaxThreads));
  const int workers = std::min(std::max(threads, 1), most);
  std::atomic<std::size_t> next{0};
  subpar::parallelize_simple(workers, [&](int) {
    for (std::size_t task = next++; task < tasks; task = next++) run(task);
  });
}

}  // namespace duologue::measure
