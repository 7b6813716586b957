#include "model/http/tool_assembler.h"

#include <string>

#include <gtest/gtest.h>

namespace duologue::model::http {
namespace {

using Calls = std::vector<chat::ToolCall>;

TEST(ToolAssembler, JoinsArgumentsAtEverySplit) {
  const std::string arguments = R"({"reason":"café 🌾 \"x\""})";
  for (std::size_t a = 0; a <= arguments.size(); ++a) {
    for (std::size_t b = a; b <= arguments.size(); ++b) {
      ToolAssembler tools;
      EXPECT_TRUE(tools.add(0, "id1", "leave", arguments.substr(0, a)));
      EXPECT_TRUE(tools.add(0, "", "", arguments.substr(a, b - a)));
      EXPECT_TRUE(tools.add(0, "", "", arguments.substr(b)));
      EXPECT_EQ(tools.take(), (Calls{{"id1", "leave", arguments, ""}}));
    }
  }
}

TEST(ToolAssembler, KeepsMixedCallsApartInTheOrderOfTheirIndices) {
  ToolAssembler tools;
  EXPECT_TRUE(tools.add(1, "b", "two", "{\"x\":"));
  EXPECT_TRUE(tools.add(0, "a", "one", "{}"));
  EXPECT_TRUE(tools.add(1, "", "", "2}"));
  EXPECT_EQ(tools.take(), (Calls{{"a", "one", "{}", ""}, {"b", "two", "{\"x\":2}", ""}}));
  EXPECT_TRUE(tools.empty());
}

TEST(ToolAssembler, TellsCallsOfOneIndexApartByTheirIds) {
  ToolAssembler tools;
  EXPECT_TRUE(tools.add(0, "a", "one", "{}"));
  EXPECT_TRUE(tools.add(0, "b", "one", "{}"));
  EXPECT_EQ(tools.take(), (Calls{{"a", "one", "{}", ""}, {"b", "one", "{}", ""}}));
}

TEST(ToolAssembler, TakesRepeatedIdsAndNamesOnce) {
  ToolAssembler tools;
  EXPECT_TRUE(tools.add(0, "a", "one", "{"));
  EXPECT_TRUE(tools.add(0, "a", "one", "}"));
  EXPECT_EQ(tools.take(), (Calls{{"a", "one", "{}", ""}}));
}

TEST(ToolAssembler, GivesIdsAndArgumentsToCallsWithoutThemAndLeavesOutNameless) {
  ToolAssembler tools;
  EXPECT_TRUE(tools.add(3, "", "", "{\"lost\":1}"));
  EXPECT_TRUE(tools.add_whole("", "one", ""));
  EXPECT_TRUE(tools.add_whole("", "two", "{"));
  EXPECT_TRUE(tools.add_whole("", "", "}"));
  EXPECT_EQ(tools.take(), (Calls{{"call_1", "one", "{}", ""}, {"call_2", "two", "{}", ""}}));
}

TEST(ToolAssembler, HasLimits) {
  ToolAssembler tools;
  for (std::size_t i = 0; i < kMaxToolCalls; ++i)
    EXPECT_TRUE(tools.add(static_cast<std::int64_t>(i), "", "x", ""));
  EXPECT_FALSE(tools.add(1'000, "", "x", ""));
  EXPECT_FALSE(tools.add(0, "", "", std::string(kMaxToolBytes + 1, 'x')));
  ToolAssembler last;
  EXPECT_TRUE(last.add(INT64_MAX, "a", "x", ""));
  EXPECT_FALSE(last.add_whole("b", "y", ""));
}

}  // namespace
}  // namespace duologue::model::http
