#include "base/sentences.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::base {
namespace {

using Sentences = std::vector<std::string_view>;

TEST(Sentences, EndAtStopsAndLineBreaks) {
  EXPECT_EQ(split_sentences("One. Two! Three?"), (Sentences{"One.", "Two!", "Three?"}));
  EXPECT_EQ(split_sentences("  One \n\n Two\r\nThree  "), (Sentences{"One", "Two", "Three"}));
  EXPECT_EQ(split_sentences("Wait... What?! No."), (Sentences{"Wait...", "What?!", "No."}));
  EXPECT_EQ(split_sentences("\"Go.\" (He went.) **Gone.** So."),
            (Sentences{"\"Go.\"", "(He went.)", "**Gone.**", "So."}));
  EXPECT_EQ(split_sentences("\u4F60\u597D\u3002\u518D\u89C1\uFF01"),
            (Sentences{"\u4F60\u597D\u3002", "\u518D\u89C1\uFF01"}));
  EXPECT_EQ(split_sentences("no stop at all"), (Sentences{"no stop at all"}));
}

TEST(Sentences, DontEndWithinThem) {
  EXPECT_EQ(split_sentences("It is 3.5 m, e.g. here. Dr. No and J. Doe came."),
            (Sentences{"It is 3.5 m, e.g. here.", "Dr. No and J. Doe came."}));
  EXPECT_EQ(split_sentences("\"Why?\" he asked. Nobody knew."),
            (Sentences{"\"Why?\" he asked.", "Nobody knew."}));
  EXPECT_EQ(split_sentences("1. First\n2. Second. Last."), (Sentences{"1. First", "2. Second.", "Last."}));
  EXPECT_EQ(split_sentences("We were 2. Now 3."), (Sentences{"We were 2.", "Now 3."}));
  EXPECT_EQ(split_sentences("see www.example.com/a.b?c"), (Sentences{"see www.example.com/a.b?c"}));
}

TEST(Sentences, WhatHoldsNoWordGoesWithItsNeighbour) {
  EXPECT_EQ(split_sentences("Bye.\n---\nHi."), (Sentences{"Bye.\n---", "Hi."}));
  EXPECT_EQ(split_sentences("\U0001F300\nHi. \U0001F64F"), (Sentences{"\U0001F300\nHi. \U0001F64F"}));
  EXPECT_EQ(split_sentences("..."), (Sentences{"..."}));
  EXPECT_EQ(split_sentences("\u200B"), (Sentences{"\u200B"}));
  EXPECT_TRUE(split_sentences("").empty());
  EXPECT_TRUE(split_sentences(" \n\t\u3000 ").empty());
}

// Nothing is lost and nothing is there twice, wrong bytes included.
TEST(Sentences, HoldEveryCharacter) {
  const std::string alphabet[] = {"a",    ".",        " ", "\n", "!",          "\u3002",
                                  "\xFF", "\xE3\x80", "1", "\"", "\U0001F300", "B"};
  std::uint64_t state = 1;
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (int i = 0; i < 24; ++i) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      text += alphabet[(state >> 33) % std::size(alphabet)];
    }
    std::size_t at = 0;
    for (const std::string_view sentence : split_sentences(text)) {
      ASSERT_FALSE(sentence.empty());
      const auto begin = static_cast<std::size_t>(sentence.data() - text.data());
      ASSERT_GE(begin, at);
      for (const std::string_view gap = std::string_view(text).substr(at, begin - at); const char c : gap)
        ASSERT_TRUE(is_space(static_cast<unsigned char>(c))) << text;
      at = begin + sentence.size();
    }
    for (const char c : text.substr(at)) ASSERT_TRUE(is_space(static_cast<unsigned char>(c))) << text;
  }
}

TEST(Sentences, TakeLinearTime) {
  for (const char* unit : {"word. ", ".", "a. ", "\n", "\U0001F300\n", "1."}) {
    std::string text;
    while (text.size() < 1'000'000) text += unit;
    const auto started = std::chrono::steady_clock::now();
    EXPECT_FALSE(text.empty());
    (void)split_sentences(text);
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5)) << unit;
  }
}

}  // namespace
}  // namespace duologue::base
