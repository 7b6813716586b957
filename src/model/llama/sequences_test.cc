#include "model/llama/sequences.h"

#include <gtest/gtest.h>

namespace duologue::model::llama {
namespace {

Sequence held(std::vector<Token> tokens, std::vector<std::uint8_t> starts) {
  Sequence sequence;
  sequence.tokens = std::move(tokens);
  sequence.call_starts = std::move(starts);
  return sequence;
}

Prompt prompt(std::vector<Token> tokens, std::vector<std::uint8_t> starts) {
  Prompt made;
  made.tokens = std::move(tokens);
  made.call_starts = std::move(starts);
  return made;
}

TEST(KeptPrefix, SeededKeepsEveryEqualToken) {
  const Sequence sequence = held({1, 2, 3, 4, 5}, {1, 0, 0, 0, 0});
  EXPECT_EQ(kept_prefix(sequence, prompt({1, 2, 3, 9}, {1, 0, 0, 0}), false, 100), 3U);
  EXPECT_EQ(kept_prefix(sequence, prompt({1, 2, 3, 4, 5}, {1, 0, 0, 0, 0}), false, 4), 4U);
  EXPECT_EQ(kept_prefix(sequence, prompt({2}, {1}), false, 100), 0U);
}

TEST(KeptPrefix, ExactKeepsWholeCallsOnly) {
  // Two pieces of three tokens, then three single ones.
  const Sequence sequence = held({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 0, 0, 1, 0, 0, 1, 1, 1});
  EXPECT_EQ(kept_prefix(sequence, prompt({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {1, 0, 0, 1, 0, 0, 1, 1, 1, 1}),
                        true, 100),
            9U);
  EXPECT_EQ(kept_prefix(sequence, prompt({1, 2, 3, 4, 5, 0}, {1, 0, 0, 1, 0, 0}), true, 100), 3U)
      << "inside a piece";
  EXPECT_EQ(kept_prefix(sequence, prompt({1, 2, 3, 4, 5, 6, 7, 0}, {1, 0, 0, 1, 0, 0, 1, 1}), true, 100), 7U);
  EXPECT_EQ(kept_prefix(sequence, prompt({1, 2, 3, 4, 5, 6, 7, 8}, {1, 0, 0, 1, 0, 0, 1, 1}), true, 5), 3U)
      << "limit";
  // The same tokens, but the third call would be a piece of two.
  EXPECT_EQ(kept_prefix(sequence, prompt({1, 2, 3, 4, 5, 6, 7, 8}, {1, 0, 0, 1, 0, 0, 1, 0}), true, 100), 6U);
  // The prompt's piece is longer than the one that is held.
  EXPECT_EQ(kept_prefix(held({1, 2, 3}, {1, 0, 0}), prompt({1, 2, 3, 4}, {1, 0, 0, 0}), true, 100), 0U);
  EXPECT_EQ(kept_prefix(held({1, 2, 3}, {1, 0, 0}), prompt({1, 2, 3, 4}, {1, 0, 0, 1}), true, 100), 3U);
}

TEST(CheapestWindow, MovesAsLittleAsItCan) {
  const std::vector<std::uint64_t> even(8, 100);
  EXPECT_EQ(cheapest_window(std::vector<std::int32_t>{2, 3, 4}, even), 2U) << "already neighbours";
  EXPECT_EQ(cheapest_window(std::vector<std::int32_t>{0, 1, 2, 7}, even), 0U);
  EXPECT_EQ(cheapest_window(std::vector<std::int32_t>{0, 5, 6, 7}, even), 4U);
  // Moving stream 0 away is dear, so the other one comes to it.
  EXPECT_EQ(
      cheapest_window(std::vector<std::int32_t>{0, 7}, std::vector<std::uint64_t>{900, 0, 9, 9, 9, 9, 9, 5}),
      0U);
}

}  // namespace
}  // namespace duologue::model::llama
