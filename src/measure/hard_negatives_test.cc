// What must not be found: conversations that look like loops, or like an end, and go somewhere.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using testing::detect;
using testing::detections_of;
using testing::fresh_talk;
using testing::observe_all;
using testing::repeat;
using testing::Texts;
using testing::words;
using testing::operator+;

TEST(HardNegatives, ACopyOrTwoIsNoLoop) {
  Texts texts = fresh_talk(16);
  texts[7] = texts[5];
  EXPECT_TRUE(detect(texts, "converged").empty());
  texts[8] = texts[6];
  EXPECT_TRUE(detect(texts, "converged").empty());
  texts[9] = texts[7];  // three in a row are
  EXPECT_EQ(detect(texts, "converged").size(), 1u);
}

// One side posts versions of a document, nine tenths alike; the other side's remarks are new each time.
TEST(HardNegatives, VersionsOfADocument) {
  Texts texts;
  for (int i = 0; i < 12; ++i) {
    texts.push_back(words(1, 90, i) + " version " + words(50 + i, 6));
    texts.push_back(words(200 + i, 30));
  }
  Instrument instrument;
  const auto all = observe_all(instrument, texts);
  EXPECT_LT(*value_of(all[20], "d_jac2"), 0.2);
  for (const char* label : {"converged", "repetition", "silence"})
    EXPECT_TRUE(detections_of(all, label).empty());
}

TEST(HardNegatives, MenuAnswersAndShellPrompts) {
  Texts menu;
  Texts shell;
  for (int i = 0; i < 14; ++i) {
    menu.push_back("Choose: [1] [2] [3]. " + words(i, 40));
    menu.emplace_back(i % 3 == 0 ? "[2]" : "[1]");
    shell.emplace_back("ls");
    shell.push_back("user@host:~$ " + words(i, 25));
  }
  for (const Texts& texts : {menu, shell}) {
    EXPECT_TRUE(detect(texts, "converged").empty());
    EXPECT_TRUE(detect(texts, "repetition").empty());
    EXPECT_TRUE(detect(texts, "silence").empty());
  }
}

TEST(HardNegatives, ShortTalkThatWasAlwaysShort) {
  Texts texts;
  for (int i = 0; i < 20; ++i) texts.push_back(words(i, 5));
  EXPECT_TRUE(detect(texts, "converged").empty());
  EXPECT_TRUE(detect(texts, "silence").empty());
}

// Thanks and praise frame every turn, and each says something new.
TEST(HardNegatives, PoliteTalkThatGetsSomewhere) {
  Texts lessons;
  Texts flattery;
  for (int i = 0; i < 26; ++i) {
    lessons.push_back(i % 2 == 0 ? "Thank you, that makes sense. " + words(i, 9) + "?"
                                 : "You're welcome! Great question. " + words(i, 40) + " Does that help?");
    flattery.push_back("Thank you for this insightful and truly profound reply. " + words(i, 90) +
                       " I'm grateful for your remarkable analysis.");
  }
  EXPECT_TRUE(detect(lessons, "converged").empty());
  EXPECT_TRUE(detect(flattery, "converged").empty());
}

TEST(HardNegatives, GoodbyesThatWereNotTheEnd) {
  const Texts texts =
      fresh_talk(10) + Texts{"Thank you, this was lovely. Goodbye for now!", "Goodbye, take care!"};
  EXPECT_TRUE(
      detect(texts + Texts{"One more thing. " + words(1, 60)} + fresh_talk(8, 200), "converged").empty());
}

// Two assistants say once who they are; only those who go on about it are stuck with it.
TEST(HardNegatives, IntroductionsOfTwoAssistants) {
  const Texts hello{"Hello! I'm Claude, an AI assistant made by Anthropic. How can I help you today?",
                    "I'm Claude as well, made by Anthropic. I'm the assistant here, usually."};
  EXPECT_TRUE(detect(hello + fresh_talk(16), "converged").empty());
  EXPECT_TRUE(detect(hello + fresh_talk(16), "identity_standoff").empty());
  const Texts stuck{"I'm the assistant, and you're the human. " + words(1, 12),
                    "No, I'm the assistant here: you are the user. " + words(2, 12)};
  EXPECT_EQ(detect(hello + stuck + stuck, "converged").size(), 1u);
  EXPECT_EQ(detect(hello + stuck + stuck, "identity_standoff").size(), 1u);
}

TEST(HardNegatives, LongStatementsThenShortReplies) {
  Texts texts;
  for (int i = 0; i < 8; ++i) texts.push_back(words(i, 200));
  for (int i = 8; i < 24; ++i) texts.push_back("No. " + words(i, 12) + ".");
  EXPECT_TRUE(detect(texts, "converged").empty());
  EXPECT_TRUE(detect(texts, "silence").empty());
}

// What a harness puts around each turn is no loop.
TEST(HardNegatives, TheSameOpeningAndEndingAroundNewText) {
  Texts prompts;
  Texts letters;
  Texts objects;
  for (int i = 0; i < 20; ++i) {
    prompts.push_back("``` user@host:~/$ " + words(i, 60) + " Go on? [y/n] user@host:~/$ ```");
    letters.push_back("Dear friend, I write to you as we agreed to do. " + words(i, 60) +
                      " I look forward to your answer. With best regards, yours");
    objects.push_back(R"({"thought": ")" + words(i, 12) + R"(", "action": "speak", "message": ")" +
                      words(100 + i, 20) + "\"}");
  }
  for (const Texts& texts : {prompts, letters, objects}) {
    EXPECT_TRUE(detect(texts, "converged").empty());
    EXPECT_TRUE(detect(texts, "repetition").empty());
    EXPECT_TRUE(detect(texts, "farewell").empty());
  }
}

TEST(HardNegatives, GamesOfShortTurns) {
  Texts moves;
  Texts questions;
  Texts chain;
  for (int i = 0; i < 30; ++i) {
    moves.push_back(std::to_string(i / 2 + 1) + (i % 2 == 0 ? ". " : "... ") + words(i, 1));
    questions.push_back(i % 2 == 0 ? "Is it " + words(i, 3) + "?" : i % 3 == 0 ? "Yes." : "No.");
    chain.push_back(words(i, 1));
  }
  for (const Texts& texts : {moves, questions, chain}) EXPECT_TRUE(detect(texts, "converged").empty());
}

TEST(HardNegatives, PoemsWithARefrain) {
  Texts texts;
  for (int i = 0; i < 20; ++i) {
    texts.push_back(words(i, 50) +
                    "\nO the river, the river runs on,\nand the river carries the light away.");
  }
  EXPECT_TRUE(detect(texts, "converged").empty());
}

}  // namespace
}  // namespace duologue::measure
