#include "measure/topic_window.h"

#include <string>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using testing::words;

TEST(TopicWindow, TellsHowMuchOfATurnIsNewToOpeningAndTopic) {
  TopicWindow window;
  Tokenizer tokenizer;
  TokenTypes types;
  const auto add = [&](const std::string& text) {
    const auto tokens = tokenizer.tokenize(text);
    types.assign(tokens, tokenizer.is_word());
    return window.add(types);
  };
  EXPECT_FALSE(add(words(1, 10)).off_opening);
  EXPECT_FALSE(add(words(2, 10)).off_opening);
  // Half of it was in the opening.
  EXPECT_EQ(add(words(1, 10) + " " + words(3, 10)).off_opening, 0.5);
  for (std::size_t i = 3; i < kTopicTurns; ++i) {
    const auto features = add(words(3, 10) + " and the");
    EXPECT_EQ(features.off_opening, 1.0);
    EXPECT_FALSE(features.off_topic);
  }
  // Said in two turns: topics 1 and 3. Said once: topic 2.
  EXPECT_EQ(add(words(3, 10)).off_topic, 0.0);
  EXPECT_EQ(add(words(2, 10)).off_topic, 1.0);
  // What comes later is no topic, however often it is said.
  EXPECT_EQ(add(words(9, 10)).off_topic, 1.0);
  EXPECT_EQ(add(words(9, 10)).off_topic, 1.0);
  EXPECT_FALSE(add("").off_topic);
  EXPECT_FALSE(add("and the of").off_topic);
}

}  // namespace
}  // namespace duologue::measure
