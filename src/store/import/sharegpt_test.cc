#include "store/import/sharegpt.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

const std::string kOne =
    R"({"id": "x9", "conversations": [{"from": "system", "value": "Be kind."},
 {"from": "human", "value": "Hi"},
 {"from": "gpt", "value": "Hello"}, {"from": "function_call", "value": "{\"name\": \"look\"}"},
 {"from": "observation", "value": "rain"}, {"from": "system", "value": "Go on."},
 {"from": "gpt", "value": "It rains"}]})";

TEST(ShareGpt, RolesNameSeats) {
  const LoggedConversation log = read_one(kOne, LogFormat::kShareGpt);
  EXPECT_EQ(log.id, "log");
  EXPECT_EQ(log.source_id, "x9");
  EXPECT_EQ(told(log), (Lines{"human: Hi", "gpt: Hello", "gpt: ", "gpt: It rains"}));
  EXPECT_EQ(log.participants[1].system_prompt, "Be kind.");
  ASSERT_EQ(log.turns[2].tool_calls.size(), 1u);
  EXPECT_EQ(log.turns[2].tool_calls[0].name, "look");
  EXPECT_EQ(log.turns[2].tool_calls[0].result, "rain");
  ASSERT_EQ(log.between.size(), 1u);
  EXPECT_EQ(log.between[0].after_turn, 3u);
}

TEST(ShareGpt, ListsAndLinesHoldSeveral) {
  const std::string two = R"({"conversations": [{"from": "gpt", "value": "Only me"}]})";
  for (const std::string& text : {"[" + kOne + "," + two + "]", two + "\n" + two}) {
    const auto all = read_all(text);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(told(all[1]), (Lines{"gpt: Only me"}));
  }
  EXPECT_NE(error_of(R"({"conversations": [{"from": "gpt", "value": "x"}, {"from": "gpt"}]})")
                .find("conversations[1]: 'value' is missing"),
            std::string::npos);
  const LoggedConversation stray =
      read_one(R"({"conversations": [{"from": "tool", "value": "x"}, {"from": "gpt", "value": "y"}]})",
               LogFormat::kShareGpt);
  EXPECT_EQ(stray.notes.size(), 1u);
}

}  // namespace
}  // namespace duologue::store
