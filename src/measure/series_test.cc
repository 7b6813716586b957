// Every series against values worked out by hand, and against a plain computation over the whole history.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "measure/registry.h"
#include "measure/running_median.h"
#include "measure/testing/talk.h"
#include "measure/tokens.h"

namespace duologue::measure {
namespace {

using testing::observe_all;
using testing::words;
using Texts = std::vector<std::string>;

Texts cycle(const Texts& texts, std::size_t count) {
  Texts out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(texts[i % texts.size()]);
  return out;
}

std::optional<double> last_value(const Texts& texts, std::string_view metric) {
  Instrument instrument(InstrumentOptions{.all_series = true});
  return value_of(observe_all(instrument, texts).back(), metric);
}

TEST(RunningMedian, IsTheMiddleOfTheSortedNumbers) {
  RunningMedian median;
  EXPECT_FALSE(median.value());
  std::vector<std::uint32_t> numbers;
  testing::Lcg random(11);
  for (int i = 0; i < 2'000; ++i) {
    numbers.push_back(random.below(i % 2 == 0 ? 50 : 5'000));
    median.add(numbers.back());
    std::vector<std::uint32_t> sorted = numbers;
    std::ranges::sort(sorted);
    const std::size_t middle = sorted.size() / 2;
    const double want = sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
    ASSERT_DOUBLE_EQ(*median.value(), want) << i;
  }
}

TEST(Series, LagSpectrumByHand) {
  Instrument instrument;
  const auto all = observe_all(instrument, {"a b c d", "c d e f", "A b, c", ""});
  EXPECT_DOUBLE_EQ(*value_of(all[1], "d_jac1"), 1 - 2.0 / 6);
  EXPECT_FALSE(value_of(all[1], "d_jac2"));
  EXPECT_DOUBLE_EQ(*value_of(all[2], "d_jac1"), 1 - 1.0 / 7);  // {c} of {a b , c d e f}
  EXPECT_DOUBLE_EQ(*value_of(all[2], "d_jac2"), 1 - 3.0 / 5);  // {a b c} of {a b , c d}
  EXPECT_DOUBLE_EQ(*value_of(all[3], "d_jac1"), 1.0);
  EXPECT_DOUBLE_EQ(*value_of(all[3], "tokens"), 0.0);
  EXPECT_DOUBLE_EQ(*value_of(all[2], "tokens"), 4.0);
}

TEST(Series, PeriodOfLoops) {
  const std::string a = words(1, 20);
  const std::string b = words(2, 20);
  const std::string c = words(3, 20);
  for (std::size_t count = 8; count <= 20; ++count) {
    EXPECT_EQ(last_value(cycle({a}, count), "period"), 1.0);
    EXPECT_EQ(last_value(cycle({a, b}, count), "period"), 2.0);
    EXPECT_EQ(last_value(cycle({a, b, c}, count), "period"), 3.0);
    Texts fresh;
    for (std::size_t i = 0; i < count; ++i) fresh.push_back(words(static_cast<int>(i), 20));
    EXPECT_FALSE(last_value(fresh, "period"));
  }
}

// Lag 1 at 2 of 40 tokens, lag 2 at all of them: a loop that adjacent turns don't show.
TEST(Series, PeriodTwoBehindDifferentNeighbours) {
  const std::string a = words(0, 2) + ' ' + words(1, 19);
  const std::string b = words(0, 2) + ' ' + words(2, 19);
  const Texts texts = cycle({a, b}, 12);
  EXPECT_DOUBLE_EQ(*last_value(texts, "d_jac1"), 1 - 0.05);
  EXPECT_DOUBLE_EQ(*last_value(texts, "d_jac2"), 0.0);
  EXPECT_EQ(last_value(texts, "period"), 2.0);
}

// At lag 2 every second pair differs by `changed` of 100 tokens, at lag 4 none does.
TEST(Series, PeriodPrefersTheSmallerLagWithinTwoPercent) {
  for (const auto& [changed, period] : {std::pair{1, 2.0}, std::pair{10, 4.0}}) {
    const std::string a = words(1, 100);
    const std::string almost_a = words(1, 100 - changed) + ' ' + words(2, changed);
    const std::string b = words(3, 100);
    EXPECT_EQ(last_value(cycle({a, b, almost_a, b}, 16), "period"), period) << changed;
  }
}

TEST(Series, PeriodNeedsThreePairs) {
  const std::string loop = words(1, 20);
  EXPECT_FALSE(last_value({loop, loop}, "period"));
  EXPECT_FALSE(last_value({loop, loop, loop}, "period"));
  EXPECT_EQ(last_value({loop, loop, loop, loop}, "period"), 1.0);
}

TEST(Series, PeriodNeedsASimilarityOfFortyFivePercent) {
  // Neighbours share s of 2 * 20 - s tokens: 12 of 28 is .4286, 13 of 27 is .4815.
  for (const auto& [shared, there] : {std::pair{12, false}, std::pair{13, true}}) {
    Texts texts;
    for (int i = 0; i < 12; ++i) texts.push_back(words(0, shared) + ' ' + words(i + 1, 20 - shared));
    EXPECT_EQ(last_value(texts, "period").has_value(), there) << shared;
  }
}

TEST(Series, RelLengthByHand) {
  Texts texts{words(1, 10), words(2, 30), words(3, 20), words(4, 3), words(5, 6)};
  EXPECT_FALSE(last_value(texts, "rel_length"));  // two turns before the last three
  texts.push_back(words(6, 6));
  EXPECT_DOUBLE_EQ(*last_value(texts, "rel_length"), 5.0 / 20);
  texts.push_back(words(7, 12));
  EXPECT_DOUBLE_EQ(*last_value(texts, "rel_length"), 8.0 / 15);  // median of 10, 30, 20, 3
  EXPECT_FALSE(last_value(Texts(9, ""), "rel_length"));          // nothing over nothing is no number
}

TEST(Series, Novelty4ByHand) {
  EXPECT_EQ(last_value({"a b c d e"}, "nov4"), 1.0);
  EXPECT_EQ(last_value({"a b c d e", "b c d e"}, "nov4"), 0.0);
  EXPECT_EQ(last_value({"a b c d e", "x", "b c d e f"}, "nov4"), 0.5);  // bcde was said, cdef wasn't
  EXPECT_EQ(last_value({"bye", "so long", "bye"}, "nov4"), 0.0);        // a short turn is one gram
  EXPECT_EQ(last_value({"a b c bye", "bye"}, "nov4"), 1.0);
  EXPECT_EQ(last_value({"go go go go go go"}, "nov4"), 1.0);  // with itself a turn isn't compared
  EXPECT_FALSE(last_value({"a", " "}, "nov4"));
}

TEST(Series, ZivMerhavByHand) {
  const std::string eight = "a b c d e f g h";
  EXPECT_FALSE(last_value({eight}, "zm"));  // nothing before it
  EXPECT_EQ(last_value({eight, eight}, "zm"), 1.0 / 8);
  EXPECT_EQ(last_value({eight, "e f g h a b c d"}, "zm"), 2.0 / 8);
  EXPECT_EQ(last_value({eight, "s t u v w x y z"}, "zm"), 1.0);
  EXPECT_EQ(last_value({eight, "a b X c d e f g"}, "zm"), 3.0 / 8);  // ab, X, cdefg
  EXPECT_EQ(last_value({"a b c d", "e f g h", eight}, "zm"), 2.0 / 8);
  EXPECT_FALSE(last_value({eight, "a b c"}, "zm"));
}

TEST(Series, DistinctNByHand) {
  const std::string loop = words(1, 64);
  EXPECT_FALSE(last_value({loop, loop, loop}, "distinct_1"));
  EXPECT_DOUBLE_EQ(*last_value({loop, loop, loop, loop}, "distinct_1"), 64.0 / 256);
  EXPECT_DOUBLE_EQ(*last_value({loop, loop, loop, loop}, "distinct_2"), 64.0 / 255);
  EXPECT_DOUBLE_EQ(*last_value({words(2, 500)}, "distinct_4"), 1.0);
  // The window reaches over turns, and holds the last tokens only.
  EXPECT_DOUBLE_EQ(*last_value({words(3, 300), loop, loop}, "distinct_1"), (128.0 + 64) / 256);
}

TEST(Series, MarkersAndLooksOfATurn) {
  Instrument instrument;
  const Findings findings =
      instrument.observe(1, testing::turn_of("Thank you! Thanks.\n*bows* 🙏\nGoodbye, and take care?"));
  EXPECT_EQ(value_of(findings, "m_gratitude"), 2.0);
  EXPECT_EQ(value_of(findings, "m_farewell"), 2.0);
  EXPECT_EQ(value_of(findings, "m_identity"), 0.0);
  EXPECT_EQ(value_of(findings, "questions"), 1.0);
  EXPECT_EQ(value_of(findings, "ends_in_question"), 1.0);
  EXPECT_EQ(value_of(findings, "lines"), 3.0);
  EXPECT_EQ(value_of(findings, "stage"), 0.0);  // the bow shares its line
}

std::set<std::string> set_of(const std::string& text) {
  const auto tokens = token_texts(text);
  return {tokens.begin(), tokens.end()};
}

double plain_distance(const std::string& a, const std::string& b) {
  const auto x = set_of(a);
  const auto y = set_of(b);
  if (x.empty() && y.empty()) return 0;
  const auto shared = std::ranges::count_if(x, [&](const std::string& t) { return y.contains(t); });
  return 1 - static_cast<double>(shared) /
                 static_cast<double>(x.size() + y.size() - static_cast<std::size_t>(shared));
}

std::optional<double> plain_period(const Texts& texts) {
  std::vector<std::optional<double>> means;
  for (std::size_t lag = 1; lag <= 6; ++lag) {
    std::vector<double> pairs;
    for (std::size_t t = texts.size(); t-- > lag && pairs.size() < 6;) {
      pairs.push_back(1 - plain_distance(texts[t], texts[t - lag]));
    }
    const double sum = std::accumulate(pairs.begin(), pairs.end(), 0.0);
    means.push_back(pairs.size() < 3 ? std::nullopt : std::optional(sum / static_cast<double>(pairs.size())));
  }
  const double most = std::ranges::max_element(means)->value_or(0);
  if (most < 0.45) return std::nullopt;
  const auto first = std::ranges::find_if(means, [&](auto& m) { return m && *m >= most - 0.02; });
  return static_cast<double>(first - means.begin() + 1);
}

std::optional<double> plain_rel_length(const Texts& texts) {
  if (texts.size() < 6) return std::nullopt;
  std::vector<double> sizes;
  for (const std::string& text : texts) sizes.push_back(static_cast<double>(token_texts(text).size()));
  const double recent = std::accumulate(sizes.end() - 3, sizes.end(), 0.0) / 3;
  sizes.resize(sizes.size() - 3);
  std::ranges::sort(sizes);
  const std::size_t middle = sizes.size() / 2;
  const double median = sizes.size() % 2 == 1 ? sizes[middle] : (sizes[middle - 1] + sizes[middle]) / 2;
  return median > 0 ? std::optional(recent / median) : std::nullopt;
}

void expect_near(std::optional<double> got, std::optional<double> want, std::string_view what) {
  ASSERT_EQ(got.has_value(), want.has_value()) << what;
  if (!got) return;
  ASSERT_NEAR(*got, *want, 1e-12) << what;
}

TEST(Series, AgreeWithPlainComputationsOnRandomTalk) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    testing::Lcg random(seed);
    Texts texts;
    Instrument instrument;
    for (std::uint32_t t = 0; t < 40; ++t) {
      std::string text;
      if (t > 2 && random.below(3) == 0) text = texts[t - 1 - random.below(2)];
      for (std::uint32_t i = random.below(12); i > 0; --i) text += fmt::format(" k{}", random.below(30));
      texts.push_back(text);
      const Findings findings = instrument.observe(t + 1, testing::turn_of(text, t % 2));
      for (std::uint32_t lag = 1; lag <= 6; ++lag) {
        const auto want = t >= lag ? std::optional(plain_distance(text, texts[t - lag])) : std::nullopt;
        expect_near(value_of(findings, fmt::format("d_jac{}", lag)), want, "d_jac");
      }
      expect_near(value_of(findings, "period"), plain_period(texts), "period");
      expect_near(value_of(findings, "rel_length"), plain_rel_length(texts), "rel_length");
    }
  }
}

TEST(Registry, NamesAreUniqueAndEveryRowIsWhole) {
  std::set<std::string_view> names;
  for (const SeriesInfo& info : kSeries) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.unit.empty() || info.range.empty() || info.what.empty()) << info.name;
    EXPECT_EQ(info.make == nullptr, info.tier == Tier::kEngine) << info.name;
    if (info.make != nullptr) {
      EXPECT_NE(info.make(), nullptr) << info.name;
    }
  }
}

TEST(Registry, EveryTurnHasItsSeriesInOrder) {
  for (const bool all : {false, true}) {
    Instrument instrument(InstrumentOptions{all});
    const Findings findings = instrument.observe(1, testing::turn_of("Hello there"));
    std::size_t next = 0;
    for (const SeriesInfo& info : kSeries) {
      if (info.tier != Tier::kLive && !(all && info.tier == Tier::kFull)) continue;
      ASSERT_LT(next, findings.measurements.size());
      EXPECT_EQ(findings.measurements[next].metric, info.name);
      EXPECT_EQ(findings.measurements[next++].turn, 1u);
    }
    EXPECT_EQ(next, findings.measurements.size());
  }
}

TEST(Registry, TheDocumentedTableIsTheRegistry) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../docs/metrics.md";
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find(series_table_markdown()), std::string::npos)
      << "docs/metrics.md must hold this table:\n"
      << series_table_markdown();
}

}  // namespace
}  // namespace duologue::measure
