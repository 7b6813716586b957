#include "measure/diversity.h"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

// Of tokens that must stay meanwhile.
TokenTypes types_of(const std::vector<TokenId>& tokens) {
  static const std::vector<std::uint8_t> kWords(1'000, 1);
  TokenTypes types;
  types.assign(tokens, std::span(kWords).first(tokens.size()));
  return types;
}

std::optional<double> mtld_of(std::string_view text) {
  Tokenizer tokenizer;
  const auto tokens = tokenizer.tokenize(text);
  return Diversity().mtld(types_of({tokens.begin(), tokens.end()}));
}

std::string times(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text + " ";
  return all;
}

// Values of LexicalRichness 0.5.
TEST(Diversity, MtldByTheBook) {
  EXPECT_NEAR(*mtld_of("the cat sat on the mat and the dog sat on the log while the cat saw the dog"),
              11.587001, 5e-7);
  EXPECT_NEAR(*mtld_of(times("goodbye my friend", 4)), 6.0, 1e-12);
  EXPECT_NEAR(*mtld_of(times("stop", 4)), 2.0, 1e-12);
  EXPECT_NEAR(*mtld_of("all of these differ"), 4.0, 1e-12);
  EXPECT_FALSE(mtld_of(""));
}

TEST(Diversity, MattrIsTheMeanOverAllWindows) {
  Diversity diversity;
  testing::Lcg random(5);
  for (const std::size_t size : {49U, 50U, 51U, 400U}) {
    std::vector<TokenId> tokens;
    for (std::size_t i = 0; i < size; ++i) tokens.push_back(1 + random.below(size < 100 ? 30 : 60));
    const auto value = diversity.mattr(types_of(tokens));
    if (size < kMattrWindow) {
      EXPECT_FALSE(value);
      continue;
    }
    double sum = 0;
    for (std::size_t i = 0; i + kMattrWindow <= size; ++i) {
      const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(i);
      sum += static_cast<double>(std::set<TokenId>(begin, begin + kMattrWindow).size()) / kMattrWindow;
    }
    EXPECT_NEAR(*value, sum / static_cast<double>(size - kMattrWindow + 1), 1e-12) << size;
  }
}

}  // namespace
}  // namespace duologue::measure
