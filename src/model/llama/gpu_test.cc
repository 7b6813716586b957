#include "model/llama/gpu.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace duologue::model::llama {
namespace {

// NOLINTBEGIN(concurrency-mt-unsafe): this test's own process, before any other thread of it
class GpuTest : public testing::Test {
 protected:
  void TearDown() override { unsetenv("DUOLOGUE_GPU_LAYERS"); }
  static base::Result<std::int32_t> wanted(const char* value) {
    setenv("DUOLOGUE_GPU_LAYERS", value, 1);
    return wanted_gpu_layers();
  }
};

TEST_F(GpuTest, AllLayersUnlessToldOtherwise) {
  unsetenv("DUOLOGUE_GPU_LAYERS");
  EXPECT_EQ(wanted_gpu_layers(), -1);
  EXPECT_EQ(wanted(""), -1);
  EXPECT_EQ(wanted("0"), 0);
  EXPECT_EQ(wanted("12"), 12);
}

TEST_F(GpuTest, WhatIsNoNumberIsNamed) {
  for (const char* value : {"all", "12x", "-2", "99999999999", " 3"}) {
    const auto layers = wanted(value);
    ASSERT_FALSE(layers) << value;
    EXPECT_EQ(layers.error().kind, base::ErrorKind::kUsage);
    EXPECT_NE(layers.error().message.find(std::string("DUOLOGUE_GPU_LAYERS=") + value), std::string::npos);
  }
}
// NOLINTEND(concurrency-mt-unsafe)

TEST_F(GpuTest, EachGpuHasAName) {
  for (const Gpu& gpu : gpus()) {
    EXPECT_FALSE(gpu.name.empty());
    EXPECT_LE(gpu.free_bytes, gpu.total_bytes);
  }
}

}  // namespace
}  // namespace duologue::model::llama
