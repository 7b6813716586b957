#include "measure/recurrence/counter.h"

#include <string_view>

#include <gtest/gtest.h>

#include "measure/tokens.h"

namespace duologue::measure {
namespace {

// A turn for each letter, of one token; two speakers by turns. '-': a turn that isn't measured.
RecurrenceFeatures counted(std::string_view letters) {
  RecurrenceCounter counter;
  TokenWindow overlaps(kRecurrenceTurns);
  Tokenizer tokenizer;
  RecurrenceFeatures last;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == '-') {
      overlaps.skip();
      counter.skip();
      continue;
    }
    overlaps.add(tokenizer.tokenize(letters.substr(i, 1)));
    last = counter.add(static_cast<chat::ParticipantId>(i % 2), overlaps);
  }
  return last;
}

// measurement.md section 3: (AB)x4, AABBAABB.
TEST(RecurrenceCounter, GivesThePublishedValues) {
  const RecurrenceMeasures alternating = counted("abababab").all;
  EXPECT_NEAR(*alternating.rr, 0.428571, 5e-7);
  EXPECT_NEAR(*alternating.det, 1, 5e-7);
  EXPECT_NEAR(*alternating.l, 4, 5e-7);
  EXPECT_NEAR(*alternating.lmax, 6, 5e-7);
  EXPECT_NEAR(*alternating.entr, 1.098612, 5e-7);
  const RecurrenceMeasures pairs = counted("aabbaabb").all;
  EXPECT_NEAR(*pairs.rr, 0.428571, 5e-7);
  EXPECT_NEAR(*pairs.det, 0.333333, 5e-7);
  EXPECT_NEAR(*pairs.lam, 0.666667, 5e-7);
}

TEST(RecurrenceCounter, TellsSpeakersApart) {
  // Each says its own word: nobody takes up the other's.
  EXPECT_EQ(counted("abababab").xrr, 0.0);
  EXPECT_FALSE(counted("abababab").xdet);
  EXPECT_EQ(counted("aaaaaaaa").xrr, 1.0);
  EXPECT_EQ(counted("aaaaaaaa").xdet, 14.0 / 16);  // two corners of the 4 x 4 matrix are lines of 1
  EXPECT_FALSE(counted("a").xrr);
}

TEST(RecurrenceCounter, TurnsThatArentMeasuredRecurWithNone) {
  const RecurrenceFeatures features = counted("aa-a");
  EXPECT_NEAR(*features.all.rr, 0.5, 1e-12);  // 3 of 6 pairs
}

TEST(RecurrenceCounter, ForgetsWhatLeftTheWindow) {
  std::string letters = "aaaaaaaa";
  for (std::size_t i = 0; i < kRecurrenceTurns; ++i) letters += static_cast<char>('b' + i % 2);
  const RecurrenceFeatures features = counted(letters);
  EXPECT_EQ(features.all.lam, 0.0);
  EXPECT_EQ(features.all.lmax, static_cast<double>(kRecurrenceTurns - 2));
}

}  // namespace
}  // namespace duologue::measure
