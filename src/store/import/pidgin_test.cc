#include "store/import/pidgin.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using Lines = std::vector<std::string>;

std::string event(const std::string& type, const std::string& more, const std::string& id = "c1") {
  return R"({"timestamp":"t","event_type":")" + type + R"(","conversation_id":")" + id +
         R"(","event_id":"e",)" + more + "}\n";
}

std::string start(const std::string& id = "c1") {
  return event("ConversationStartEvent",
               R"("agent_a":{"id":"agent_a","model":"one","display_name":"Uno"},"agent_b":{"id":"agent_b"},)"
               R"("agent_b_model":"two","agent_b_display_name":"Due","initial_prompt":"Go","max_turns":4,)"
               R"("temperature_a":null)",
               id);
}

std::string message(const std::string& agent, const std::string& content, int tokens = 3,
                    const std::string& id = "c1") {
  return event("MessageCompleteEvent",
               R"("agent_id":")" + agent + R"(","message":{"role":"assistant","content":")" + content +
                   R"(","agent_id":"x"},"completion_tokens":)" + std::to_string(tokens) +
                   R"(,"duration_ms":5)",
               id);
}

TEST(Pidgin, MessagesAreTheTurns) {
  const LoggedConversation log = read_one(
      event("PostProcessingStartEvent", R"("tasks":[])", "") + start() +
          event("SystemPromptEvent", R"("agent_id":"agent_a","prompt":"Be A.")") +
          event("MessageRequestEvent", R"("agent_id":"agent_a","conversation_history":[{"content":"x"}])") +
          event("MessageChunkEvent", R"("agent_id":"agent_a","chunk":"H")") +
          event("ThinkingCompleteEvent", R"("agent_id":"agent_a","thinking_content":"hm")") +
          message("agent_a", "Hi") + message("agent_b", "Hello") +
          event("TurnCompleteEvent",
                R"("turn":{"agent_a_message":{"content":"Hi"}},"convergence_score":NaN)") +
          event("SystemPromptEvent", R"("agent_id":"agent_b","prompt":"Hurry.")") +
          event("ContextTruncationEvent", R"("agent_id":"agent_a","messages_dropped":7)") +
          message("human", "stop it") + message("agent_a", "Bye") +
          event("EmptyResponseEvent", R"("agent_id":"agent_b")") +
          event("ConversationEndEvent", R"("status":"completed","reason":"empty_response")"),
      LogFormat::kPidgin);
  EXPECT_EQ(log.source_id, "c1");
  EXPECT_EQ(told(log), (Lines{"Uno: Hi", "Due: Hello", "Uno: Bye"}));
  EXPECT_EQ(log.participants[0].model, "one");
  EXPECT_EQ(log.participants[0].system_prompt, "Be A.");
  EXPECT_EQ(log.participants[1].model, "two");
  EXPECT_EQ(log.turns[0].reasoning, "hm");
  EXPECT_EQ(log.turns[2].reasoning, "");
  EXPECT_EQ(opening(log), "Go");
  ASSERT_EQ(log.between.size(), 3u);
  EXPECT_EQ(std::get<chat::Injection>(log.between[1].what).to, 1u);
  EXPECT_EQ(std::get<chat::Injection>(log.between[2].what).author.kind, chat::AuthorKind::kHuman);
  EXPECT_EQ(log.between[2].after_turn, 2u);
  ASSERT_EQ(log.notes.size(), 2u);
  EXPECT_EQ(log.notes[0].kind, "ContextTruncationEvent");
  EXPECT_EQ(log.notes[0].detail, "agent_a messages_dropped 7");
  EXPECT_EQ(log.notes[1].kind, "EmptyResponseEvent");
  EXPECT_EQ(log.ended, "completed: empty_response");
}

TEST(Pidgin, AnErrorIsNoDialogue) {
  const LoggedConversation log =
      read_one(start() + message("agent_a", "[API error: 500]", 0) +
                   message("agent_b", "[API error: is what I say]", 9) + message("agent_a", "", 0),
               LogFormat::kPidgin);
  EXPECT_EQ(told(log), (Lines{"Due: [API error: is what I say]", "Uno: "}));
  ASSERT_EQ(log.notes.size(), 1u);
  EXPECT_EQ(log.notes[0].detail, "agent_a: [API error: 500]");
}

TEST(Pidgin, ConversationsMayFollowOneAnother) {
  const auto all =
      read_all(start("c1") + message("agent_a", "x") + start("c2") + message("agent_a", "y", 3, "c2"));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].id, "log#2");
  EXPECT_EQ(told(all[1]), (Lines{"Uno: y"}));
  // Taken up again: the same conversation goes on.
  EXPECT_EQ(read_all(start() + message("agent_a", "x") + start() + message("agent_b", "y"))[0].turns.size(),
            2u);
  EXPECT_NE(error_of(start("c1") + start("c2") + message("agent_a", "x", 3, "c1")).find(":3: byte"),
            std::string::npos);
  EXPECT_NE(error_of(start("c1") + start("c2") + start("c1")).find("a conversation that was left goes on"),
            std::string::npos);
}

TEST(Pidgin, SaysWhatIsMissing) {
  EXPECT_NE(error_of(message("agent_a", "x")).find("beginning cut off"), std::string::npos);
  EXPECT_NE(error_of(start() + event("MessageCompleteEvent", R"("agent_id":"agent_a","message":{})"))
                .find(":2: byte"),
            std::string::npos);
  EXPECT_NE(error_of(start() + event("MessageCompleteEvent", R"("agent_id":"agent_a","message":{})"))
                .find("message: 'content' is missing"),
            std::string::npos);
  EXPECT_NE(error_of(event("RateLimitPaceEvent", R"("wait_time":1)")).find("holds no conversation"),
            std::string::npos);
}

TEST(Pidgin, EqualNamesGiveWayToIds) {
  const LoggedConversation log = read_one(
      event("ConversationStartEvent", R"("agent_a_display_name":"Uno","agent_b_display_name":"Uno")") +
          message("agent_b", "x"),
      LogFormat::kPidgin);
  EXPECT_EQ(told(log), (Lines{"agent_b: x"}));
}

}  // namespace
}  // namespace duologue::store
