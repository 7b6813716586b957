#include "model/llama/determinism_check.h"

#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "model/llama/row_probe.h"
#include "model/llama/testing/tiny_model.h"

namespace duologue::model::llama {
namespace {

TEST(DeterminismCheck, WhatExactRestsOnHolds) {
  std::vector<testing::TinyModel> models(4);
  models[1].quantised = true;
  models[2].kind = testing::TinyKind::kGemma3;
  models[3].kind = testing::TinyKind::kMamba;
  for (const testing::TinyModel& tiny : models) {
    LlamaOptions options;
    options.path = testing::tiny_model(tiny);
    options.threads = 1;
    double done = 0;
    const auto report = check_determinism(options, [&](double now) { done = now; });
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(done, 1.0);
    EXPECT_EQ(report->joins_conversations, *rows_are_independent(options.path));
    for (const DeterminismProbe& probe : report->probes) {
      EXPECT_TRUE(probe.equal || !probe.needed)
          << options.path << static_cast<int>(tiny.kind) << tiny.quantised << " " << probe.what << " "
          << probe.max_difference;
      EXPECT_EQ(probe.equal, probe.max_difference == 0) << probe.what;
    }
    EXPECT_TRUE(report->exact_holds);
  }
}

TEST(DeterminismCheck, RealWeights) {
  DUOLOGUE_NEEDS_REAL_MODEL();
  LlamaOptions options;
  options.path = testing::real_model();
  options.threads = 1;
  const auto report = check_determinism(options);
  ASSERT_TRUE(report) << report.error().message;
  for (const DeterminismProbe& probe : report->probes) {
    std::printf("%-45s %-9s %g%s\n", probe.what.c_str(), probe.equal ? "equal" : "differs",
                probe.max_difference, probe.needed ? "" : "  (not needed)");
  }
  EXPECT_TRUE(report->exact_holds);
}

TEST(DeterminismCheck, FlashAttentionIsNotIndependentOfNeighbours) {
  DUOLOGUE_NEEDS_REAL_MODEL();
  LlamaOptions options;
  options.path = testing::real_model();
  options.threads = 1;
  options.flash_attention = true;
  const auto report = check_determinism(options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(std::ranges::any_of(report->probes, [](const DeterminismProbe& probe) { return !probe.equal; }))
      << "the check can fail";
}

TEST(DeterminismCheck, ErrorsAreOpensErrors) {
  LlamaOptions options;
  options.path = "/no/such.gguf";
  EXPECT_EQ(check_determinism(options).error().kind, base::ErrorKind::kNotFound);
}

}  // namespace
}  // namespace duologue::model::llama
