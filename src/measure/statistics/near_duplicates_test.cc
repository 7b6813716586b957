#include "measure/statistics/near_duplicates.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "measure/testing/talk.h"
#include "measure/tokens.h"

namespace duologue::measure {
namespace {

using Texts = std::vector<std::string>;
using Groups = std::vector<std::uint32_t>;

using Shingles = std::set<std::vector<std::string>>;

Shingles set_of(const std::string& text) {
  const std::vector<std::string> tokens = token_texts(text);
  Shingles shingles;
  if (tokens.empty()) return shingles;
  if (tokens.size() < 3) shingles.insert(tokens);
  for (std::size_t i = 0; i + 3 <= tokens.size(); ++i)
    shingles.insert({tokens[i], tokens[i + 1], tokens[i + 2]});
  return shingles;
}

double plain_jaccard(const Shingles& first, const Shingles& second) {
  if (first.empty() && second.empty()) return 1;
  std::vector<std::vector<std::string>> both;
  std::ranges::set_intersection(first, second, std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(first.size() + second.size() - both.size());
}

// Texts of which some are others with a few words changed.
Texts family(std::uint64_t seed, int count, int length) {
  testing::Lcg random(seed);
  std::vector<std::vector<std::string>> made;
  for (int i = 0; i < count; ++i) {
    std::vector<std::string> words;
    if (i > 0 && random.below(3) > 0) {
      words = made[random.below(static_cast<std::uint32_t>(i))];
      for (std::uint32_t changes = random.below(8); changes > 0; --changes) {
        words[random.below(static_cast<std::uint32_t>(length))] = "c" + std::to_string(random.below(5000));
      }
    } else {
      for (int k = 0; k < length; ++k) words.push_back("w" + std::to_string(random.below(5000)));
    }
    made.push_back(words);
  }
  Texts texts;
  for (const auto& words : made) {
    std::string text;
    for (const std::string& word : words) text += word + " ";
    texts.push_back(text);
  }
  return texts;
}

TEST(NearDuplicates, CopiesChangedCopiesAndStrangers) {
  const std::string base = testing::words(1, 60);
  const Texts texts{base, testing::words(2, 60), base + " and one more thing",
                    base, testing::words(3, 60), testing::words(2, 60) + " !"};
  const NearDuplicates found = *find_near_duplicates(texts);
  EXPECT_EQ(found.group, (Groups{0, 1, 0, 0, 4, 1}));
  ASSERT_EQ(found.links.size(), 3U);
  EXPECT_EQ(found.links[0].second, 2U);
  EXPECT_NEAR(found.links[0].similarity, 58.0 / 62, 1e-12);
  EXPECT_EQ(found.links[1], (NearDuplicateLink{0, 3, 1.0}));
}

TEST(NearDuplicates, NoPairUnderTheThresholdIsJoinedAndFewOverItAreMissed) {
  std::size_t pairs = 0;
  std::size_t found_pairs = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Texts texts = family(seed, 120, 80);
    std::vector<Shingles> sets;
    for (const std::string& text : texts) sets.push_back(set_of(text));
    const NearDuplicates found = *find_near_duplicates(texts, 0.8);
    for (const NearDuplicateLink& link : found.links) {
      EXPECT_LT(link.first, link.second);
      EXPECT_NEAR(link.similarity, plain_jaccard(sets[link.first], sets[link.second]), 1e-12);
      EXPECT_GE(link.similarity, 0.8);
      EXPECT_EQ(found.group[link.first], found.group[link.second]);
    }
    std::set<std::uint32_t> groups(found.group.begin(), found.group.end());
    EXPECT_EQ(found.links.size(), texts.size() - groups.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_LE(found.group[i], i);
      EXPECT_EQ(found.group[found.group[i]], found.group[i]);
      for (std::size_t j = 0; j < i; ++j) {
        if (plain_jaccard(sets[i], sets[j]) < 0.8) continue;
        ++pairs;
        found_pairs += found.group[i] == found.group[j] ? 1 : 0;
      }
    }
  }
  ASSERT_GT(pairs, 200U);
  EXPECT_GT(static_cast<double>(found_pairs), 0.95 * static_cast<double>(pairs));
}

TEST(NearDuplicates, TextsWithoutTokensAreAlikeAndInvisibleOnesCount) {
  const Texts texts{"", "hello there friend", " \n", "\u200B", "\u200B", "hi", "HI", "hi hi"};
  EXPECT_EQ(find_near_duplicates(texts)->group, (Groups{0, 1, 0, 3, 3, 5, 5, 7}));
}

TEST(NearDuplicates, TenThousandEqualTurnsAreTenThousandComparisons) {
  const Texts texts(10'000, testing::words(1, 30));
  const NearDuplicates found = *find_near_duplicates(texts);
  EXPECT_LT(found.compared, 10'001U);
  EXPECT_EQ(found.links.size(), 9'999U);
  EXPECT_EQ(*std::ranges::max_element(found.group), 0U);
}

TEST(NearDuplicates, NoneOneAndNonsense) {
  EXPECT_TRUE(find_near_duplicates({})->group.empty());
  EXPECT_EQ(find_near_duplicates(Texts{"alone"})->group, (Groups{0}));
  for (const double bad : {0.0, -1.0, 1.01, std::nan("")})
    EXPECT_FALSE(find_near_duplicates(Texts{"a"}, bad));
  const Texts broken{"a b \xFF c", "a b \xFF c"};  // no UTF-8
  EXPECT_EQ(find_near_duplicates(broken, 1.0)->group, (Groups{0, 0}));
}

}  // namespace
}  // namespace duologue::measure
