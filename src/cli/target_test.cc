#include "cli/target.h"

#include <fstream>

#include <gtest/gtest.h>

namespace duologue::cli {
namespace {

TEST(Target, PathAndTrial) {
  EXPECT_EQ(target_from("a.duo").path, "a.duo");
  EXPECT_FALSE(target_from("a.duo").trial);
  EXPECT_EQ(target_from("a.duo:12").path, "a.duo");
  EXPECT_EQ(target_from("a.duo:12").trial, 12u);
  EXPECT_EQ(target_from("dir:x/a.duo").path, "dir:x/a.duo");
}

TEST(Target, AFileOfThatVeryNameIsThePath) {
  const std::string path = testing::TempDir() + "odd.duo:7";
  std::ofstream(path) << "x";
  EXPECT_EQ(target_from(path).path, path);
  EXPECT_FALSE(target_from(path).trial);
}

TEST(TurnRange, Reads) {
  const auto holds = [](const char* word, std::uint32_t turn) { return range_from(word)->holds(turn); };
  EXPECT_FALSE(holds("10-20", 9));
  EXPECT_TRUE(holds("10-20", 10));
  EXPECT_TRUE(holds("10-20", 20));
  EXPECT_FALSE(holds("10-20", 21));
  EXPECT_TRUE(holds("5", 5));
  EXPECT_FALSE(holds("5", 6));
  EXPECT_TRUE(holds("5-", 4'000'000));
  EXPECT_TRUE(holds("-5", 1));
  EXPECT_FALSE(holds("-5", 6));
}

TEST(TurnRange, Refuses) {
  for (const char* word : {"-", "0", "0-3", "5-4", "a", "1-b", "1-2-3", "", "+3"}) {
    EXPECT_FALSE(range_from(word)) << word;
  }
}

}  // namespace
}  // namespace duologue::cli
