#include "model/llama/row_probe.h"

#include <gtest/gtest.h>

#include "model/llama/testing/tiny_model.h"

namespace duologue::model::llama {
namespace {

TEST(RowProbe, ReadsTheMachineRatherThanAList) {
  testing::TinyModel tiny;
  tiny.quantised = true;
  const auto quantised = rows_are_independent(testing::tiny_model(tiny));
  ASSERT_TRUE(quantised);
#if defined(__x86_64__)
  EXPECT_TRUE(*quantised) << "Q8_0 blocks are summed in one order, however many tokens there are";
#endif
  EXPECT_TRUE(rows_are_independent(testing::tiny_model())) << "F32 can be tried, whatever comes of it";
  const auto missing = rows_are_independent("/no/such.gguf");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kModel);
}

}  // namespace
}  // namespace duologue::model::llama
