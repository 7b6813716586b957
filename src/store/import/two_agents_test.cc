#include "store/import/two_agents.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

TEST(TwoAgents, AnErrorIsNoDialogue) {
  const LoggedConversation log = read_one(
      R"({"metadata": {"agents": {"alpha": "one", "beta": {"model": "two"}}, "stats": {"n": NaN},
                       "prompt": "Go"},
          "messages": [{"turn": 1, "agent": "alpha", "timestamp": 1, "output": "Hi", "error": null},
                       {"turn": 2, "agent": "beta", "output": null, "error": "timed out"},
                       {"turn": 3, "agent": "beta", "error": {"message": "again"}},
                       {"turn": 4, "agent": "beta", "output": "Here", "thinking": "hm", "model": "three"}]})",
      LogFormat::kTwoAgents);
  EXPECT_EQ(told(log), (Lines{"alpha: Hi", "beta: Here"}));
  EXPECT_EQ(log.turns[1].reasoning, "hm");
  EXPECT_EQ(log.participants[0].model, "one");
  EXPECT_EQ(log.participants[1].model, "two");
  ASSERT_EQ(log.between.size(), 2u);
  EXPECT_EQ(opening(log), "Go");
  EXPECT_EQ(log.between[1].after_turn, 1u);
  EXPECT_EQ(std::get<chat::ConfigChange>(log.between[1].what).model, "three");
  ASSERT_EQ(log.notes.size(), 2u);
  EXPECT_EQ(log.notes[0].turn, 1u);
  EXPECT_EQ(log.notes[0].detail, "beta: timed out");
  EXPECT_EQ(log.notes[1].detail, "beta: again");
  EXPECT_EQ(log.declared.at(0).second, R"({"n":null})");
}

TEST(TwoAgents, AgentsMayBeNumbersOrListed) {
  const LoggedConversation log = read_one(
      R"({"metadata": {"agents": [{"id": "x"}, {"name": "2", "model": "two"}]},
          "messages": [{"agent": 1, "output": "a"}, {"agent": 2, "output": "b"},
                       {"agent": "system", "output": "c"}]})",
      LogFormat::kTwoAgents);
  EXPECT_EQ(told(log), (Lines{"1: a", "2: b", "harness(harness): c"}));
  EXPECT_EQ(log.participants[1].model, "two");
}

TEST(TwoAgents, SaysWhatIsMissing) {
  EXPECT_NE(error_of(R"({"messages": [{"agent": "a", "output": "x"}, {"agent": "a"}]})")
                .find("messages[1]: 'output' is missing"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"messages": [{"agent": "a", "output": "x"}, {"output": "y"}]})")
                .find("messages[1]: 'agent' is missing"),
            std::string::npos);
  EXPECT_TRUE(read_one(R"({"metadata": {}, "messages": []})", LogFormat::kTwoAgents).turns.empty());
}

}  // namespace
}  // namespace duologue::store
