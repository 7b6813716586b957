#include "model/embedders/charsmap.h"

#include <gtest/gtest.h>

#include "model/embedders/testing/fixtures.h"

namespace duologue::model {
namespace {

// Hugging Face's tokenizers 0.23 (normalizers.Precompiled) gives the same for each of these.
TEST(CharacterMap, ReplacesWhatItHolds) {
  const Charsmap map = *Charsmap::parse(testing::charsmap());
  EXPECT_EQ(map.apply("ABC"), "abC");
  EXPECT_EQ(map.apply("\uFB01ve"), "five");
  EXPECT_EQ(map.apply("e\u0301x"), "\u00E9x");
  EXPECT_EQ(map.apply("e\u0302"), "e\u0302");
  EXPECT_EQ(map.apply("\u3000AB"), " ab");
  EXPECT_EQ(map.apply("A\u0301"), "a");  // a short cluster: its shortest beginning stands for all of it
  EXPECT_EQ(map.apply("A\u0301\u0301\u0301"), "a\u0301\u0301\u0301");  // a long one goes by code points
  EXPECT_EQ(map.apply("\U0001F300"), "\U0001F300");
  EXPECT_EQ(map.apply(""), "");
  EXPECT_EQ(map.apply(std::string_view("a\0b", 3)), std::string_view("a\0b", 3));
}

TEST(CharacterMap, RefusesWhatIsNoneAndSurvivesABrokenOne) {
  const std::string good = testing::charsmap();
  for (const std::string& wrong : {std::string(), std::string("abc"), std::string(4, '\0'),
                                   good.substr(0, 100), std::string("\3\0\0\0abcdef", 10)}) {
    EXPECT_FALSE(Charsmap::parse(wrong)) << wrong.size();
  }
  // Each of its units overwritten: whatever it answers, it stays within its tables.
  for (std::size_t at = 4; at + 4 <= good.size(); at += 4) {
    for (const char* unit : {"\xFF\xFF\xFF\xFF", "\0\0\0\0", "\x41\x01\xFF\x7F"}) {
      std::string changed = good;
      changed.replace(at, 4, std::string(unit, 4));
      const auto map = Charsmap::parse(changed);
      if (map) (void)map->apply("ABC \uFB01 e\u0301 \u3000");
    }
  }
}

TEST(Base64, DecodesWithAndWithoutPadding) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8"), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("/+8="), "\xFF\xEF");
  EXPECT_EQ(decode_base64("Z"), std::nullopt);
  EXPECT_EQ(decode_base64("Zm9v\n"), std::nullopt);
  EXPECT_EQ(decode_base64("Z=9v"), std::nullopt);
}

}  // namespace
}  // namespace duologue::model
