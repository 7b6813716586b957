#include "measure/token_types.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::measure {
namespace {

TEST(TokenTypes, NumbersTheDistinctTokensInTheirOrder) {
  Tokenizer tokenizer;
  TokenTypes types;
  for (int again = 0; again < 2; ++again) {  // nothing of an earlier text is left
    const auto tokens = tokenizer.tokenize("The cat, the dog, the cat!");
    types.assign(tokens, tokenizer.is_word());
    ASSERT_EQ(types.size(), 5U);
    EXPECT_EQ(types.types()[1], token_id("cat"));
    EXPECT_TRUE(std::ranges::equal(types.counts(), std::vector{3, 2, 2, 1, 1}));
    EXPECT_TRUE(std::ranges::equal(types.numbers(), std::vector{0, 1, 2, 0, 3, 2, 0, 1, 4}));
    EXPECT_TRUE(std::ranges::equal(types.is_content(), std::vector{0, 1, 0, 1, 0}));
    EXPECT_TRUE(types.is_content_token(7));
    EXPECT_FALSE(types.is_content_token(8));
    types.assign({}, {});
    EXPECT_EQ(types.size(), 0U);
    EXPECT_TRUE(types.numbers().empty());
  }
}

}  // namespace
}  // namespace duologue::measure
