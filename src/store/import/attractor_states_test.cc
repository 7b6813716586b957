#include "store/import/attractor_states.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

const std::string kConfig =
    R"({"type":"config","timestamp":"t","seed":"Begin","model_a":"one","model_b":"two","system_a":"Be A.",)"
    R"("system_b":"Be B.","tools":["leave"]})"
    "\n";

std::string turn(int round, const std::string& label, const std::string& response,
                 const std::string& more = "") {
  return R"({"type":"turn","timestamp":"t","turn":)" + std::to_string(round) + R"(,"label":"Model )" + label +
         R"(","model":"m","response":")" + response + "\"" + more + "}\n";
}

const std::string kCall = R"(,"tool_attempts":[{"tool":"leave","reason":"bored"}])";

TEST(AttractorStates, CountsUtterancesNotRounds) {
  const LoggedConversation log =
      read_one(kConfig + turn(0, "A", "Hi") + turn(0, "B", "Hello") + turn(1, "A", "So?") +
                   turn(1, "B", "it is me", R"(,"interjected":true)"),
               LogFormat::kAttractorStates);
  EXPECT_EQ(log.id, "log");
  EXPECT_EQ(told(log), (Lines{"Model A: Hi", "Model B: Hello", "Model A: So?", "Model B(human): it is me"}));
  EXPECT_EQ(log.participants[0].model, "one");
  EXPECT_EQ(log.participants[1].system_prompt, "Be B.");
  EXPECT_EQ(opening(log), "Begin");
  EXPECT_EQ(std::get<chat::Injection>(log.between.at(0).what).to, 0u);
  EXPECT_EQ(log.between.size(), 1u);  // another spelling of a model is no change
}

TEST(AttractorStates, ATurnThatOnlyCalledAToolHasNoWords) {
  const LoggedConversation log = read_one(
      kConfig + turn(0, "A", " [Model A tried the tool.]\\n", kCall) + turn(0, "B", "[a] and [b]", kCall) +
          turn(1, "A", "[sits down]") + turn(1, "B", "[stop]", kCall + R"(,"interjected":true)"),
      LogFormat::kAttractorStates);
  EXPECT_EQ(told(log),
            (Lines{"Model A: ", "Model B: [a] and [b]", "Model A: [sits down]", "Model B(human): [stop]"}));
  ASSERT_EQ(log.turns[0].tool_calls.size(), 1u);
  EXPECT_EQ(log.turns[0].tool_calls[0].name, "leave");
  EXPECT_EQ(log.turns[0].tool_calls[0].arguments, R"({"reason":"bored"})");
  EXPECT_EQ(log.turns[0].stop_reason, chat::StopReason::kToolCall);
  ASSERT_EQ(log.notes.size(), 1u);
  EXPECT_EQ(log.notes[0].detail, " [Model A tried the tool.]\n");
}

TEST(AttractorStates, AnotherConfigBeginsAnotherConversation) {
  const auto all = read_all(kConfig + turn(0, "A", "x") + kConfig + turn(0, "A", "y") + turn(0, "B", "z"));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, "log#1");
  EXPECT_EQ(all[1].id, "log#2");
  EXPECT_EQ(told(all[1]), (Lines{"Model A: y", "Model B: z"}));
  LogOptions second;
  second.only = 2;
  const auto only = read_all(kConfig + turn(0, "A", "x") + kConfig + turn(0, "A", "y"), second);
  ASSERT_EQ(only.size(), 1u);
  EXPECT_EQ(only[0].id, "log#2");
  second.only = 3;
  EXPECT_EQ(error_of(kConfig + kConfig, second), "logs/log.txt: has no conversation 3; it holds 2");
}

TEST(AttractorStates, SaysWhichLineIsWrong) {
  EXPECT_NE(error_of(turn(0, "A", "x")).find("log.txt:1: byte 0: a line before the config line"),
            std::string::npos);
  EXPECT_NE(error_of(kConfig + turn(1, "A", "x") + turn(0, "B", "x")).find(":3: byte"), std::string::npos);
  EXPECT_NE(error_of(kConfig + turn(0, "C", "x")).find("label 'Model C' is neither"), std::string::npos);
  const std::string cut = kConfig + turn(0, "A", "x");
  EXPECT_NE(error_of(cut.substr(0, cut.size() - 5)).find("the file is cut off here"), std::string::npos);
  EXPECT_NE(error_of(cut + "7\n").find(":3: byte " + std::to_string(cut.size()) + ": must be an object"),
            std::string::npos);
}

}  // namespace
}  // namespace duologue::store
