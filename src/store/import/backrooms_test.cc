#include "store/import/backrooms.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/reading.h"

namespace duologue::store {
namespace {

using namespace std::literals;
using Lines = std::vector<std::string>;

TEST(Backrooms, BlocksAreTurns) {
  const LoggedConversation log = read_one(
      "\n### Opus 2 ###\nhi\n\nthere\n\n### Opus 1 ###\n\n  ls\n### Opus 3 ###\n#### Opus 2 ###\n### Opus 2 "
      "### x\n"
      "\n### Opus 2 ###\n",
      LogFormat::kBackrooms);
  EXPECT_EQ(told(log),
            (Lines{"Opus 2: hi\n\nthere", "Opus 1: \n  ls\n### Opus 3 ###\n#### Opus 2 ###\n### Opus 2 ### x",
                   "Opus 2: "}));
}

TEST(Backrooms, WhatOnlyLooksLikeAHeaderIsText) {
  const LoggedConversation log = read_one(
      "### Ant 1 ###\na\n### Step 2 ###\nb\n\n### Bee 2 ###\nc\n\n### Ant 1 ###\n### Bug 1 ###\n\n### Bee 2 "
      "###\nd\n",
      LogFormat::kBackrooms);
  EXPECT_EQ(told(log),
            (Lines{"Ant 1: a\n### Step 2 ###\nb", "Bee 2: c", "Ant 1: ### Bug 1 ###", "Bee 2: d"}));
}

TEST(Backrooms, ReasoningAndTheEndAreNoText) {
  const LoggedConversation log = read_one(
      "### Ant 1 ###\n<think>\nhm\n</think>\n\nhello\n\n### Bee 2 ###\nyes\n\n"
      "--- Reasoning Summary (logs only) ---\nwhy not\n\n### Ant 1 ###\n<think>open\n\n### Bee 2 ###\nbye "
      "^C^C\n\n"
      "Bee 2 has ended the conversation with ^C^C.\n",
      LogFormat::kBackrooms);
  EXPECT_EQ(told(log), (Lines{"Ant 1: hello", "Bee 2: yes", "Ant 1: <think>open", "Bee 2: bye ^C^C"}));
  EXPECT_EQ(log.turns[0].reasoning, "hm");
  EXPECT_EQ(log.turns[1].reasoning, "why not");
  EXPECT_EQ(log.ended, "Bee 2 has ended the conversation with ^C^C.");
}

TEST(Backrooms, WindowsLineEndsAndBytes) {
  const LoggedConversation log = read_one(
      "\xEF\xBB\xBF### Ant 1 ###\r\na\xff\0b\r\nc\r\n\r\n### Bee 2 ###\r\nd"sv, LogFormat::kBackrooms);
  EXPECT_EQ(told(log), (Lines{"Ant 1: a\xff\0b\nc"s, "Bee 2: d"}));
  EXPECT_EQ(read_one("### Ant 1 ###\na\r\nb", LogFormat::kBackrooms).turns[0].text, "a\r\nb");
}

TEST(Backrooms, LimitsTurns) {
  LogOptions few;
  few.max_turns = 2;
  EXPECT_EQ(error_of("### A 1 ###\n\n### B 2 ###\n\n### A 1 ###\n", few),
            "logs/log.txt:5: byte 26: more than 2 turns in one conversation; split it");
}

}  // namespace
}  // namespace duologue::store
