#include "measure/token_window.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Set = std::set<TokenId>;

double plain_jaccard(const Set& a, const Set& b) {
  Set both;
  std::ranges::set_intersection(a, b, std::inserter(both, both.end()));
  const std::size_t either = a.size() + b.size() - both.size();
  return either == 0 ? 0.0 : 1.0 - static_cast<double>(both.size()) / static_cast<double>(either);
}

TEST(TokenWindow, DistancesByHand) {
  TokenWindow window;
  using Ids = std::vector<TokenId>;
  for (const auto& distance : window.add(Ids{1, 2, 3})) EXPECT_FALSE(distance);
  EXPECT_DOUBLE_EQ(*window.add(Ids{2, 3, 4, 4, 4})[0], 0.5);  // {2,3} of {1,2,3,4}
  const LagSpectrum third = window.add(Ids{1, 2, 3});
  EXPECT_DOUBLE_EQ(*third[0], 0.5);
  EXPECT_DOUBLE_EQ(*third[1], 0.0);
  EXPECT_FALSE(third[2]);
  const LagSpectrum empty = window.add({});
  EXPECT_DOUBLE_EQ(*empty[0], 1.0);
  EXPECT_DOUBLE_EQ(*window.add({})[0], 0.0);  // empty against empty
}

TEST(TokenWindow, ASkippedTurnKeepsItsPlace) {
  TokenWindow window;
  const std::vector<TokenId> same{5, 6};
  window.add(same);
  window.skip();
  const LagSpectrum third = window.add(same);
  EXPECT_FALSE(third[0]);
  EXPECT_DOUBLE_EQ(*third[1], 0.0);
}

TEST(TokenWindow, AgreesWithPlainSetsOnRandomTurns) {
  testing::Lcg random(3);
  TokenWindow window;
  std::vector<std::optional<Set>> history;
  for (int turn = 0; turn < 2'000; ++turn) {
    if (random.below(10) == 0) {
      window.skip();
      history.emplace_back(std::nullopt);
      continue;
    }
    std::vector<TokenId> tokens;
    const std::uint32_t vocabulary = random.below(4) == 0 ? 20 : 3'000;
    for (std::uint32_t i = random.below(400); i > 0; --i)
      tokens.push_back(1 + random.below(vocabulary) * 512);
    history.emplace_back(Set(tokens.begin(), tokens.end()));
    const LagSpectrum spectrum = window.add(tokens);
    for (std::size_t lag = 1; lag <= kLags; ++lag) {
      const bool there = lag < history.size() && history[history.size() - 1 - lag];
      ASSERT_EQ(spectrum[lag - 1].has_value(), there);
      if (there) {
        const double want = plain_jaccard(*history.back(), *history[history.size() - 1 - lag]);
        ASSERT_NEAR(*spectrum[lag - 1], want, 1e-12) << turn;
      }
    }
  }
}

TEST(TokenWindow, MemoryOfAGiantTurnGoesWithIt) {
  TokenWindow window;
  std::vector<TokenId> giant;
  giant.reserve(300'000);
  for (TokenId i = 1; i <= 300'000; ++i) giant.push_back(i * 0x9E3779B97F4A7C15ull);
  const std::size_t small = window.slots();
  window.add(giant);
  EXPECT_DOUBLE_EQ(*window.add(giant)[0], 0.0);
  EXPECT_GE(window.slots(), giant.size());
  for (int i = 0; i < 7; ++i) window.add(std::vector<TokenId>{1, 2, 3});
  EXPECT_EQ(window.slots(), small);
}

TEST(TokenWindow, ATableOfManyShortLivedTokensDoesNotGrow) {
  TokenWindow window;
  TokenId next = 1;
  for (int turn = 0; turn < 5'000; ++turn) {
    std::vector<TokenId> tokens;
    tokens.reserve(200);
    for (int i = 0; i < 200; ++i) tokens.push_back(next++ * 0x9E3779B97F4A7C15ull);
    window.add(tokens);
  }
  EXPECT_LE(window.slots(), 8'192u);
}

}  // namespace
}  // namespace duologue::measure
