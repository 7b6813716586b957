#include "measure/recurrence/cross_window.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "measure/recurrence/quantify.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

struct Said {
  CrossSide side;
  std::uint32_t symbol;
};

// The matrix of the last `width` turns' sides, by plain loops.
RecurrenceMeasures whole(const std::vector<Said>& talk, std::size_t width) {
  std::vector<std::uint32_t> a;
  std::vector<std::uint32_t> b;
  for (std::size_t i = talk.size() - std::min(width, talk.size()); i < talk.size(); ++i) {
    if (talk[i].side == CrossSide::kA) a.push_back(talk[i].symbol);
    if (talk[i].side == CrossSide::kB) b.push_back(talk[i].symbol);
  }
  return quantify(*cross_recurrence_where(a.size(), b.size(),
                                          [&](std::size_t i, std::size_t j) { return a[i] == b[j]; }));
}

// Who speaks: by turns; one side for long; by lot, with others between.
CrossSide speaker(testing::Lcg& random, std::size_t turn, int way) {
  if (way == 0) return turn % 2 == 0 ? CrossSide::kA : CrossSide::kB;
  if (way == 1) return turn / 70 % 2 == 0 ? CrossSide::kB : CrossSide::kA;
  const std::uint32_t drawn = random.below(5);
  return drawn < 2 ? CrossSide::kA : drawn < 4 ? CrossSide::kB : CrossSide::kOther;
}

TEST(CrossWindow, IsTheWholeOfItsTurns) {
  for (const std::size_t width : {2u, 3u, 17u, 63u, 64u}) {
    for (const int way : {0, 1, 2}) {
      testing::Lcg random(width * 3 + static_cast<std::size_t>(way));
      auto window = CrossWindow::make(width);
      ASSERT_TRUE(window);
      EXPECT_FALSE(window->xrr() || window->xdet());
      std::vector<Said> talk;
      for (std::size_t turn = 0; turn < 400; ++turn) {
        const bool echo = turn >= 3 && random.below(3) > 0;
        const std::uint32_t symbol = echo ? talk[turn - 3].symbol : random.below(6);
        talk.push_back({speaker(random, turn, way), symbol});
        std::uint64_t mask = 0;
        for (std::size_t lag = 1; lag <= 64 && lag <= turn; ++lag) {
          if (talk[turn - lag].symbol == symbol) mask |= std::uint64_t{1} << (lag - 1);
        }
        window->add(talk.back().side, mask);
        const RecurrenceMeasures expected = whole(talk, width);
        ASSERT_EQ(window->xrr(), expected.rr) << width << ' ' << way << ' ' << turn;
        ASSERT_EQ(window->xdet(), expected.det) << width << ' ' << way << ' ' << turn;
      }
    }
  }
}

TEST(CrossWindow, RefusesOtherWidths) {
  EXPECT_FALSE(CrossWindow::make(1));
  EXPECT_FALSE(CrossWindow::make(65));
}

}  // namespace
}  // namespace duologue::measure
