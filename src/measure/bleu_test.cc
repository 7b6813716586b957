// Scores against sacreBLEU 2.6 (13a, cased, one reference, effective order).
#include "measure/bleu.h"

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "measure/bleu_window.h"
#include "measure/testing/talk.h"

namespace duologue::measure {
namespace {

using Tokens = std::vector<std::string>;

double score(std::string_view hypothesis, std::string_view reference, BleuSmoothing smoothing, double value) {
  BleuPreparer preparer;
  BleuText a;
  BleuText b;
  preparer.prepare(hypothesis, a);
  preparer.prepare(reference, b);
  return bleu_score(a, b, bleu_matches(a, b), smoothing, value);
}

struct Oracle {
  const char* hypothesis;
  const char* reference;
  double exp;
  double floor;
  double add_k;
};

TEST(Bleu, AgreesWithSacrebleu) {
  const Oracle oracles[] = {
      {"I am stopping now. Goodbye.", "I am stopping now. Goodbye.", 100, 100, 100},
      {"the cat sat on the mat", "a dog ran in that park", 0, 0, 0},
      {"the cat sat on the mat", "the cat sat on a mat", 53.7285, 53.7285, 63.8943},
      {"Hello there", "Hello there!", 60.6531, 60.6531, 60.6531},
      {"hi", "hi", 100, 100, 100},
      {"Goodbye for now", "Goodbye for now , my friend , and thank you", 9.6972, 9.6972, 9.6972},
      {"Goodbye for now , my friend , and thank you", "Goodbye for now", 15.6197, 10.4455, 22.3607},
      {"the the the the the the the", "the cat is on the mat", 7.8098, 3.9281, 19.2056},
      {"on the mat the cat sat", "the cat sat on the mat", 50.8133, 33.9809, 59.4604},
      {"I need to actually stop responding. This is my last message.",
       "I'm going to truly stop responding now.", 7.3471, 3.9074, 13.7612},
      {"🌀🌀🌀 namaste 🙏", "🌀🌀🌀 gratitude 🙏", 34.6681, 14.9380, 57.7350},
  };
  for (const Oracle& one : oracles) {
    EXPECT_NEAR(score(one.hypothesis, one.reference, BleuSmoothing::kExp, 0), one.exp, 5e-5)
        << one.hypothesis;
    EXPECT_NEAR(score(one.hypothesis, one.reference, BleuSmoothing::kFloor, 0.1), one.floor, 5e-5)
        << one.hypothesis;
    EXPECT_NEAR(score(one.hypothesis, one.reference, BleuSmoothing::kAddK, 1), one.add_k, 5e-5)
        << one.hypothesis;
  }
}

TEST(Bleu, TextsWithoutTokensScoreNothing) {
  EXPECT_EQ(score("", "", BleuSmoothing::kExp, 0), 0);
  EXPECT_EQ(score("", "a", BleuSmoothing::kExp, 0), 0);
  EXPECT_EQ(score("a", " \n", BleuSmoothing::kExp, 0), 0);
}

TEST(Bleu, Tokens13a) {
  EXPECT_EQ(tokens_13a("Hello, world."), (Tokens{"Hello", ",", "world", "."}));
  EXPECT_EQ(tokens_13a("3.14 and 1,000"), (Tokens{"3.14", "and", "1,000"}));
  EXPECT_EQ(tokens_13a("a.b .5 5."), (Tokens{"a", ".", "b", ".", "5", "5", "."}));
  EXPECT_EQ(tokens_13a("U.S.A."), (Tokens{"U", ".", "S", ".", "A", "."}));
  EXPECT_EQ(tokens_13a("wait... what?!"), (Tokens{"wait", ".", ".", ".", "what", "?", "!"}));
  EXPECT_EQ(tokens_13a("10-20 well-known"), (Tokens{"10", "-", "20", "well-known"}));
  EXPECT_EQ(tokens_13a("a-\nb c\nd"), (Tokens{"ab", "c", "d"}));
  EXPECT_EQ(tokens_13a("&lt;b&gt; &quot;x&amp;y&quot;"), (Tokens{"<", "b", ">", "\"", "x", "&", "y", "\""}));
  EXPECT_EQ(tokens_13a("<skipped>it's"), (Tokens{"it's"}));
  EXPECT_EQ(tokens_13a("né, ñ.日本"), (Tokens{"né", ",", "ñ", ".", "日本"}));
  EXPECT_EQ(tokens_13a("a\xC2\xA0\xE3\x80\x80"
                       "b"),
            (Tokens{"a", "b"}));  // no-break and ideographic space
  EXPECT_EQ(tokens_13a(""), Tokens{});
}

// The rules as mteval-v13a states them: substitutions, one after the other over the whole text.
Tokens substituted(const std::string& text) {
  std::string padded = " " + text + " ";
  for (const auto& [pattern, with] : {std::pair{R"(([\{-~\[-` -&\(-\+:-@/]))", " $1 "},
                                      {R"(([^0-9])([\.,]))", "$1 $2 "},
                                      {R"(([\.,])([^0-9]))", " $1 $2"},
                                      {"([0-9])(-)", "$1 $2 "}})
    padded = std::regex_replace(padded, std::regex(pattern), with);
  std::istringstream words(padded);
  Tokens tokens;
  for (std::string word; words >> word;) tokens.push_back(word);
  return tokens;
}

TEST(Bleu, Tokens13aAreThoseOfItsSubstitutions) {
  constexpr std::string_view kLetters = "ab57.,.,-- '&/";
  testing::Lcg random(13);
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    for (std::uint32_t left = random.below(12); left > 0; --left)
      text += kLetters[random.below(static_cast<std::uint32_t>(kLetters.size()))];
    ASSERT_EQ(tokens_13a(text), substituted(text)) << text;
  }
}

// Against counting with maps.
TEST(Bleu, MatchesAreTheSmallerCounts) {
  testing::Lcg random(19);
  BleuPreparer preparer;
  BleuText a;
  BleuText b;
  std::array<std::uint32_t, kBleuOrder> most{};
  for (int i = 0; i < 500; ++i) {
    std::array<Tokens, 2> texts;
    for (Tokens& text : texts) {
      for (std::uint32_t left = random.below(30); left > 0; --left)
        text.push_back(std::string(1, static_cast<char>('a' + random.below(4))));
    }
    preparer.prepare(fmt::format("{}", fmt::join(texts[0], " ")), a);
    preparer.prepare(fmt::format("{}", fmt::join(texts[1], " ")), b);
    const BleuMatches matches = bleu_matches(a, b);
    for (std::size_t n = 1; n <= kBleuOrder; ++n) {
      std::array<std::map<Tokens, std::uint32_t>, 2> counts;
      for (std::size_t t = 0; t < 2; ++t) {
        for (std::size_t at = 0; at + n <= texts[t].size(); ++at)
          ++counts[t][Tokens(texts[t].begin() + static_cast<std::ptrdiff_t>(at),
                             texts[t].begin() + static_cast<std::ptrdiff_t>(at + n))];
      }
      std::uint32_t expected = 0;
      for (const auto& [gram, count] : counts[0]) {
        if (const auto other = counts[1].find(gram); other != counts[1].end())
          expected += std::min(count, other->second);
      }
      ASSERT_EQ(matches.matched[n - 1], expected);
      most[n - 1] = std::max(most[n - 1], expected);
    }
    ASSERT_EQ(bleu_matches(b, a).matched, matches.matched);
  }
  EXPECT_GT(most.back(), 3U);
}

TEST(BleuWindow, DistancesAndSelfBleu) {
  BleuWindow window;
  EXPECT_FALSE(window.add("the cat sat on the mat").distance[0]);
  const BleuFeatures second = window.add("the cat sat on a mat");
  const double both =
      score("the cat sat on a mat", "the cat sat on the mat", BleuSmoothing::kExp, 0) + 53.7285;
  EXPECT_NEAR(*second.distance[0], 1 - both / 200, 1e-6);
  EXPECT_FALSE(second.distance[1]);
  EXPECT_FALSE(second.self);
  window.skip();
  const BleuFeatures fourth = window.add("the cat sat on the mat");
  EXPECT_FALSE(fourth.distance[0]);
  EXPECT_NEAR(*fourth.distance[1], 1 - both / 200, 1e-6);
  EXPECT_EQ(*window.add("x").distance[0], 1);
  window.add("");
  EXPECT_EQ(*window.add("").distance[0], 0);

  BleuWindow same;
  for (std::size_t i = 1; i < kBleuTurns; ++i) EXPECT_FALSE(same.add("all of us say this").self);
  EXPECT_NEAR(*same.add("all of us say this").self, 100, 1e-9);
  // One of six differs: 20 of the 30 ordered pairs are equal.
  EXPECT_NEAR(*same.add("nothing shared whatever").self, 100.0 * 20 / 30, 1e-9);
}

}  // namespace
}  // namespace duologue::measure
