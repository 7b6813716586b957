#include "measure/markers.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "measure/data_text.h"

namespace duologue::measure {
namespace {

MarkerCounts count(std::string_view text) {
  Tokenizer tokenizer;
  std::vector<PhraseMatcher::Match> scratch;
  const auto tokens = tokenizer.tokenize(text);
  return Lexicon::built_in().count(tokens, tokenizer.is_word(), scratch);
}

TEST(Markers, TheBuiltInFileIsSound) {
  const auto lexicon = Lexicon::parse(kMarkersYaml, "markers.yaml");
  ASSERT_TRUE(lexicon) << lexicon.error().message;
  EXPECT_EQ(lexicon->hash().size(), 12U);
}

TEST(Markers, NamesGoBothWays) {
  for (std::size_t i = 0; i < kMarkers; ++i) {
    const auto marker = static_cast<Marker>(i);
    EXPECT_EQ(marker_from(name_of(marker)), marker);
  }
  EXPECT_FALSE(marker_from("hello"));
}

TEST(Markers, CountsByGroup) {
  const MarkerCounts counts = count("Thank you so much! It was a pleasure. Goodbye, goodbye 👋");
  EXPECT_EQ(counts[Marker::kGratitude], 1U);
  EXPECT_EQ(counts[Marker::kFarewell], 4U);
  EXPECT_EQ(counts.first[static_cast<std::size_t>(Marker::kFarewell)], 5U);
  EXPECT_EQ(counts[Marker::kIdentity], 0U);
  EXPECT_EQ(count("I’m Claude, and you’re the user.")[Marker::kIdentity], 2U);
  EXPECT_EQ(count("**Absolutely!** Let us go on.")[Marker::kAgreement], 1U);
  EXPECT_EQ(count("We did it. Absolutely.")[Marker::kAgreement], 0U);
  EXPECT_EQ(count("Auf Wiedersehen und vielen Dank")[Marker::kFarewell], 1U);
}

TEST(Markers, AWrongFileIsToldWithItsPlace) {
  const auto unknown = Lexicon::parse("farewel:\n  - bye\n", "m.yaml");
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().message.starts_with("m.yaml:1:1: ")) << unknown.error().message;
  const auto missing = Lexicon::parse("farewell:\n  - bye\n", "m.yaml");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("'closure' is missing"), std::string::npos);
  const auto empty = Lexicon::parse("farewell:\n  - \"\"\n", "m.yaml");
  ASSERT_FALSE(empty);
  EXPECT_TRUE(empty.error().message.starts_with("m.yaml:2:5: ")) << empty.error().message;
}

}  // namespace
}  // namespace duologue::measure
