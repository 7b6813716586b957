#include "measure/recurrence/window.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "measure/recurrence/quantify.h"
#include "measure/recurrence/testing/plain_lines.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

// Symbols of a talk that wanders, then alternates, then repeats itself, then wanders again.
std::vector<std::uint32_t> talk(std::uint64_t seed) {
  testing::Lcg random(seed);
  std::vector<std::uint32_t> symbols;
  for (int part = 0; part < 12; ++part) {
    const std::uint32_t kind = random.below(4);
    const std::uint32_t length = 5 + random.below(40);
    for (std::uint32_t i = 0; i < length; ++i) {
      symbols.push_back(kind == 0   ? random.below(4)
                        : kind == 1 ? i % 2
                        : kind == 2 ? 7
                                    : random.below(1'000));
    }
  }
  return symbols;
}

std::uint64_t mask_of(const std::vector<std::uint32_t>& symbols, std::size_t turn) {
  std::uint64_t mask = 0;
  for (std::size_t lag = 1; lag <= 64 && lag <= turn; ++lag) {
    if (symbols[turn] == symbols[turn - lag]) mask |= std::uint64_t{1} << (lag - 1);
  }
  return mask;
}

TEST(RecurrenceWindow, IsTheWholeOfItsTurns) {
  for (const std::size_t width : {2u, 3u, 10u, 31u, 63u, 64u}) {
    const std::vector<std::uint32_t> symbols = talk(width);
    auto window = RecurrenceWindow::make(width);
    ASSERT_TRUE(window);
    EXPECT_EQ(window->measures(), RecurrenceMeasures{});
    for (std::size_t turn = 0; turn < symbols.size(); ++turn) {
      window->add(mask_of(symbols, turn));
      const std::size_t first = turn + 1 - std::min(width, turn + 1);
      ASSERT_EQ(window->turns(), turn + 1 - first);
      const std::vector<std::uint32_t> last(symbols.begin() + static_cast<std::ptrdiff_t>(first),
                                            symbols.begin() + static_cast<std::ptrdiff_t>(turn) + 1);
      ASSERT_EQ(window->measures(), quantify(*recurrence_of(last))) << width << ' ' << turn;
    }
  }
}

// Recurrence by a threshold isn't transitive: any mask may come.
TEST(RecurrenceWindow, TakesAnyMask) {
  testing::Lcg random(4);
  constexpr std::size_t kWidth = 64;
  auto window = RecurrenceWindow::make(kWidth);
  std::vector<std::uint64_t> masks;
  for (std::size_t turn = 0; turn < 400; ++turn) {
    std::uint64_t mask = 0;
    const std::uint32_t percent = turn % 100 < 50 ? 50 : 95;
    for (std::size_t bit = 0; bit < 64; ++bit) mask |= std::uint64_t{random.below(100) < percent} << bit;
    masks.push_back(mask);
    window->add(mask);
    const std::size_t first = turn + 1 - std::min(kWidth, turn + 1);
    const auto recurs = [&](std::size_t i, std::size_t j) {
      return (masks[first + j] >> (j - i - 1) & 1U) != 0;
    };
    ASSERT_EQ(window->measures(), quantify(*recurrence_where(turn + 1 - first, recurs))) << turn;
  }
}

TEST(RecurrenceWindow, StaysSmall) { EXPECT_LE(sizeof(RecurrenceWindow), 2'200u); }

TEST(RecurrenceWindow, RefusesOtherWidths) {
  for (const std::size_t width : {0u, 1u, 65u}) {
    ASSERT_FALSE(RecurrenceWindow::make(width));
    EXPECT_NE(RecurrenceWindow::make(width).error().message.find("give 2 to 64"), std::string::npos);
  }
}

}  // namespace
}  // namespace duologue::measure
