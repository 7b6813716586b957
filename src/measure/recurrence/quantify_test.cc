#include "measure/recurrence/quantify.h"

#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "measure/recurrence/testing/plain_lines.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

RecurrenceMeasures of_letters(std::string_view letters) {
  return quantify(*recurrence_of(std::vector<std::uint32_t>(letters.begin(), letters.end())));
}

struct Row {
  std::string_view letters;
  double rr, rr_identity, det, l, lmax, entr, lam, lam_identity;
};

// measurement.md section 3; the figures with identity are pyunicorn's.
TEST(Quantify, TheTableOfOracles) {
  const std::vector<Row> table = {
      {"AAAAAAAA", 1, 1, .964286, 4.5, 7, 1.791759, .964286, 1},
      {"ABABABAB", .428571, .5, 1, 4, 6, 1.098612, 0, 0},
      {"ABCABCABC", .25, .333333, 1, 4.5, 6, .693147, 0, 0},
      {"CDEFABABABAB", .181818, .25, 1, 4, 6, 1.098612, 0, 0},
      {"AABBAABB", .428571, .5, .333333, 4, 4, 0, .666667, 1},
      {"ABCDABCEABCF", .136364, .208333, 1, 3, 3, 0, 0, 0},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(row.letters);
    const RecurrenceMeasures found = of_letters(row.letters);
    EXPECT_NEAR(*found.rr, row.rr, 5e-7);
    EXPECT_NEAR(*found.rr_identity, row.rr_identity, 5e-7);
    EXPECT_NEAR(*found.det, row.det, 5e-7);
    EXPECT_NEAR(*found.l, row.l, 5e-7);
    EXPECT_NEAR(*found.lmax, row.lmax, 5e-7);
    EXPECT_NEAR(*found.entr, row.entr, 5e-7);
    EXPECT_NEAR(*found.lam, row.lam, 5e-7);
    EXPECT_NEAR(*found.lam_identity, row.lam_identity, 5e-7);
  }
}

TEST(Quantify, TrappingTimeByHand) {
  EXPECT_NEAR(*of_letters("AABBAABB").tt, 2, 1e-12);
  // Columns of 7: above and below the diagonal 1+6, 2+5, 3+4, ...; lines of 2 to 7, two of each: 54 points of
  // 12 lines.
  EXPECT_NEAR(*of_letters("AAAAAAAA").tt, 54.0 / 12.0, 1e-12);
}

TEST(Quantify, WhatIsntDefinedIsNull) {
  EXPECT_EQ(of_letters(""), RecurrenceMeasures{});
  const RecurrenceMeasures one = of_letters("A");
  EXPECT_FALSE(one.rr || one.det || one.l || one.lmax || one.entr || one.lam || one.tt);
  EXPECT_EQ(one.rr_identity, 1.0);
  const RecurrenceMeasures none = of_letters("ABCD");
  EXPECT_EQ(none.rr, 0.0);
  EXPECT_FALSE(none.det || none.l || none.lmax || none.entr || none.lam || none.tt);
  const RecurrenceMeasures no_lines = of_letters("ABCA");
  EXPECT_EQ(no_lines.det, 0.0);
  EXPECT_FALSE(no_lines.l || no_lines.lmax || no_lines.entr || no_lines.tt);
  EXPECT_EQ(quantify(CrossRecurrence{}), RecurrenceMeasures{});
}

TEST(Quantify, AgreesWithPlainLoops) {
  testing::Lcg random(11);
  for (const std::size_t n : {2u, 3u, 5u, 63u, 64u, 65u, 66u, 130u, 200u}) {
    for (const std::uint32_t percent : {0u, 3u, 30u, 80u, 97u, 100u}) {
      testing::Cells cells(n, std::vector<bool>(n));
      // Runs, so that lines are longer than by lot.
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) {
          const bool along = random.below(3) == 0 && i > 0;
          cells[i][j] = along ? cells[i - 1][j - 1] : random.below(100) < percent;
        }
      }
      const auto matrix =
          recurrence_where(n, [&](std::size_t i, std::size_t j) { return bool{cells[i][j]}; });
      SCOPED_TRACE(std::to_string(n) + " turns, " + std::to_string(percent) + " %");
      testing::expect_same(quantify(*matrix), testing::plain_measures(cells));
      EXPECT_EQ(quantify(*matrix, 3), quantify(*matrix));
    }
  }
}

TEST(Quantify, CrossAgreesWithPlainLoops) {
  testing::Lcg random(12);
  for (const auto& [rows, columns] :
       {std::pair{1u, 1u}, {1u, 90u}, {90u, 1u}, {64u, 64u}, {65u, 130u}, {130u, 63u}}) {
    for (const std::uint32_t percent : {5u, 50u, 100u}) {
      testing::Cells cells(rows, std::vector<bool>(columns));
      for (auto& row : cells) {
        for (std::size_t j = 0; j < columns; ++j) row[j] = random.below(100) < percent;
      }
      const auto matrix = cross_recurrence_where(
          rows, columns, [&](std::size_t i, std::size_t j) { return bool{cells[i][j]}; });
      SCOPED_TRACE(std::to_string(rows) + " by " + std::to_string(columns));
      testing::expect_same(quantify(*matrix), testing::plain_cross_measures(cells));
      EXPECT_EQ(quantify(*matrix, 2), quantify(*matrix));
    }
  }
}

// By hand: A says a b c, B says x a b c: B follows A one turn later.
TEST(Quantify, CrossRecurrenceOfAFollower) {
  const std::string_view a = "abc";
  const std::string_view b = "xabc";
  const auto matrix =
      cross_recurrence_where(3, 4, [&](std::size_t i, std::size_t j) { return a[i] == b[j]; });
  const RecurrenceMeasures found = quantify(*matrix);
  EXPECT_EQ(found.rr, 0.25);
  EXPECT_EQ(found.det, 1.0);
  EXPECT_EQ(found.lmax, 3.0);
  EXPECT_EQ(found.lam, 0.0);
  EXPECT_FALSE(found.rr_identity || found.lam_identity);
}

}  // namespace
}  // namespace duologue::measure
