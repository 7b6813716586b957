#include "cli/terminal/keyboard.h"

#include <chrono>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "cli/terminal/testing/pseudo_terminal.h"

namespace duologue::cli {
namespace {

using Actions = std::vector<engine::Action>;

// A person at the keys, and a thread that asks the moderator as a conversation does between two turns.
class KeyboardTest : public testing::Test {
 protected:
  KeyboardTest() : screen_(mode_, terminal_.fd(), false, {}) {
    keyboard_.emplace(screen_, mode_, human_, std::vector<std::string>{"Ada", "Bob"}, terminal_.fd(),
                      terminal_.fd());
  }
  ~KeyboardTest() override { conversation_.request_stop(); }  // it joins

  // Space, and the boundary between two turns.
  void pause() {
    terminal_.type(" ");
    ASSERT_TRUE(terminal_.wait_for(kPausingNote)) << terminal_.seen;
    ask();
    ASSERT_TRUE(terminal_.wait_for(kPauseMenu.substr(0, 20))) << terminal_.seen;
  }
  void ask() {
    std::promise<Actions> acted;
    acted_ = acted.get_future();
    conversation_ = std::jthread([this, acted = std::move(acted)](const std::stop_token& stop) mutable {
      acted.set_value(*human_.act(transcript_, stop));
    });
  }
  Actions acted() {
    if (acted_.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return acted_.get();
    ADD_FAILURE() << "the moderator still waits for the keys; the terminal shows:\n" << terminal_.seen;
    conversation_.request_stop();
    return acted_.get();
  }
  // Presses the keys, waits for the prompt, types the line.
  void say(std::string_view keys, std::string_view prompt, std::string_view line) {
    for (const char key : keys) {
      terminal_.type(std::string_view(&key, 1));
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
    }
    ASSERT_TRUE(terminal_.wait_for(prompt)) << terminal_.seen;
    terminal_.type(line);
  }

  PseudoTerminal terminal_{100, 24};
  TerminalMode mode_{terminal_.fd(), terminal_.fd()};
  Screen screen_;
  std::optional<Keyboard> keyboard_;
  engine::HumanModerator human_{"", [this] { keyboard_->waiting(); }};
  chat::Transcript transcript_;
  std::future<Actions> acted_;
  std::jthread conversation_;
};

TEST_F(KeyboardTest, WithoutSpaceNothingIsAsked) {
  terminal_.type("haweq\r");
  ask();
  EXPECT_TRUE(acted().empty());
}

TEST_F(KeyboardTest, EnterGoesOn) {
  pause();
  terminal_.type("\r");
  EXPECT_TRUE(acted().empty());
  EXPECT_FALSE(human_.paused());
}

TEST_F(KeyboardTest, SpaceTwiceGoesOnBeforeThePauseBegan) {
  terminal_.type(" ");
  ASSERT_TRUE(terminal_.wait_for(kPausingNote));
  terminal_.type(" ");
  for (int i = 0; i < 100 && human_.paused(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ask();
  EXPECT_TRUE(acted().empty());
}

TEST_F(KeyboardTest, SaysToAll) {
  pause();
  say("h", kSayPrompt, "grüß dich\n");
  const Actions actions = acted();
  ASSERT_EQ(actions.size(), 1u);
  const auto& inject = std::get<engine::Inject>(actions[0]);
  EXPECT_EQ(inject.text, "grüß dich");
  EXPECT_FALSE(inject.to);
  EXPECT_TRUE(human_.paused());  // until Enter
}

TEST_F(KeyboardTest, WhispersToOne) {
  pause();
  say("w2", "You to Bob alone: ", "psst\n");
  EXPECT_EQ(std::get<engine::Inject>(acted().at(0)).to, 1u);
}

TEST_F(KeyboardTest, SpeaksAsOne) {
  pause();
  say("a1", "You as Ada: ", "I am Ada\n");
  const auto speech = std::get<engine::SpeakAs>(acted().at(0));
  EXPECT_EQ(speech.speaker, 0u);
  EXPECT_EQ(speech.text, "I am Ada");
}

TEST_F(KeyboardTest, EditsTheLastTurn) {
  keyboard_->restore(5, 1);
  pause();
  say("e", "Turn 5 of Bob, new text: ", "better\n");
  EXPECT_EQ(std::get<engine::EditLastTurn>(acted().at(0)).text, "better");
}

TEST_F(KeyboardTest, ThereIsNothingToEditBeforeTheFirstTurn) {
  pause();
  terminal_.type("e");
  terminal_.type("\r");
  EXPECT_TRUE(acted().empty());
  EXPECT_EQ(terminal_.seen.find("new text"), std::string::npos);
}

TEST_F(KeyboardTest, QEnds) {
  pause();
  terminal_.type("q");
  EXPECT_TRUE(std::holds_alternative<engine::Stop>(acted().at(0)));
}

TEST_F(KeyboardTest, AnEmptyLineAndEscapeSayNothing) {
  pause();
  say("h", kSayPrompt, "\n");
  terminal_.seen.clear();
  ASSERT_TRUE(terminal_.wait_for("[w] whisper")) << terminal_.seen;  // the menu again
  terminal_.type("w");
  ASSERT_TRUE(terminal_.wait_for(kWhisperMenu));
  terminal_.seen.clear();
  terminal_.type("\x1b");
  ASSERT_TRUE(terminal_.wait_for("[w] whisper"));
  terminal_.type("\x1b[A\x1bOP\x1bx\x1b[15~\r");  // arrow and function keys are none of ours; Enter is
  EXPECT_TRUE(acted().empty());
}

TEST_F(KeyboardTest, SeveralActionsInOnePause) {
  pause();
  say("h", kSayPrompt, "one\n");
  EXPECT_EQ(std::get<engine::Inject>(acted().at(0)).text, "one");
  terminal_.seen.clear();
  ask();  // the conversation carried it out, and waits again
  ASSERT_TRUE(terminal_.wait_for("[w] whisper")) << terminal_.seen;
  say("a2", "You as Bob: ", "two\n");
  EXPECT_EQ(std::get<engine::SpeakAs>(acted().at(0)).text, "two");
}

TEST_F(KeyboardTest, WhatWasTypedAheadOfThePromptIsPartOfTheLine) {
  pause();
  terminal_.type("hhello\n");
  EXPECT_EQ(std::get<engine::Inject>(acted().at(0)).text, "hello");
}

TEST_F(KeyboardTest, ItEndsWhileALineIsTyped) {
  pause();
  say("h", kSayPrompt, "half a li");
  keyboard_.reset();  // as at Ctrl-C: returns, and nothing was said
  human_.go_on();
  EXPECT_TRUE(acted().empty());
}

}  // namespace
}  // namespace duologue::cli
