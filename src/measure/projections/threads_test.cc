#include "measure/projections/threads.h"

#include <vector>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

TEST(Threads, RunEveryTaskOnce) {
  for (const int threads : {0, 1, 2, 7, 1'000}) {
    std::vector<int> runs(100);
    run_tasks(threads, runs.size(), [&](std::size_t task) { ++runs[task]; });
    EXPECT_EQ(runs, std::vector<int>(100, 1));
  }
  run_tasks(4, 0, [](std::size_t) { FAIL(); });
  EXPECT_TRUE(check_threads(1));
  EXPECT_FALSE(check_threads(0));
  EXPECT_FALSE(check_threads(kMaxThreads + 1));
}

}  // namespace
}  // namespace duologue::measure
