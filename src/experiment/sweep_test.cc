#include "experiment/sweep.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace duologue::experiment {
namespace {

using Values = std::vector<std::optional<double>>;

TEST(Sweep, ARunIsFlaggedFromItsGreatestValueOn) {
  Sweep sweep({1, 3}, false);
  sweep.add("loop", Values{0.9, 0.2, 0.4, 0.3, 0.8});
  sweep.add("dip", Values{0.9, 0.1, 0.9, 0.9});
  sweep.add("broken", Values{0.1, std::nullopt, 0.1, 0.1});
  sweep.add("short", Values{0.1, 0.1});
  EXPECT_EQ(sweep.cell(0.4, 1, nullptr).flagged.successes(), 0U);
  EXPECT_EQ(sweep.cell(0.41, 1, nullptr).flagged.successes(), 1U);
  EXPECT_EQ(sweep.cell(0.15, 0, nullptr).flagged.successes(), 3U);
  EXPECT_EQ(sweep.cell(0.21, 0, nullptr).flagged.successes(), 4U);
  EXPECT_EQ(sweep.cell(1.0, 1, nullptr).flagged.successes(), 2U);  // a null is below no threshold
}

TEST(Sweep, AboveLooksTheOtherWay) {
  Sweep sweep({2}, true);
  sweep.add("high", Values{1.0, 5.0, 4.0, 1.0});
  EXPECT_EQ(sweep.cell(3.9, 0, nullptr).flagged.successes(), 1U);
  EXPECT_EQ(sweep.cell(4.0, 0, nullptr).flagged.successes(), 0U);
}

TEST(Sweep, ErrorsAreCountedWhereTheVerdictIsKnown) {
  Sweep sweep({1}, false);
  sweep.add("a", Values{0.1});
  sweep.add("b", Values{0.1});
  sweep.add("c", Values{0.9});
  sweep.add("unknown", Values{0.1});
  const Verdicts verdicts{{"a", true}, {"b", false}, {"c", true}};
  const Sweep::Cell cell = sweep.cell(0.5, 0, &verdicts);
  EXPECT_EQ(cell.flagged.trials(), 4U);
  EXPECT_EQ(cell.false_positives.successes(), 1U);
  EXPECT_EQ(cell.false_positives.trials(), 1U);
  EXPECT_EQ(cell.false_negatives.successes(), 1U);
  EXPECT_EQ(cell.false_negatives.trials(), 2U);
}

class VerdictsTest : public testing::Test {
 protected:
  base::Result<Verdicts> read(std::string_view text) {
    const std::string path = ::testing::TempDir() + "sweep_test_labels.tsv";
    std::ofstream(path) << text;
    const auto verdicts = read_verdicts(path);
    std::filesystem::remove(path);
    return verdicts;
  }
};

TEST_F(VerdictsTest, ReadsTheColumnsByTheirNames) {
  const auto verdicts = read("id\tn\tstate\n001\t3\tconverged\r\n002\t4\tnone\n\n003\t4\tdrift\n");
  ASSERT_TRUE(verdicts);
  EXPECT_EQ(*verdicts, (Verdicts{{"001", true}, {"002", false}, {"003", false}}));
}

TEST_F(VerdictsTest, SaysWhatIsWrongAndWhere) {
  EXPECT_NE(read("id\tn\n").error().message.find("labels.tsv:1:"), std::string::npos);
  EXPECT_NE(read("id\tstate\n001\n").error().message.find("labels.tsv:2: has 1 columns"), std::string::npos);
  EXPECT_NE(read("id\tstate\n1\tmaybe\n").error().message.find("labels.tsv:2:"), std::string::npos);
  EXPECT_NE(read("id\tstate\n1\tnone\n1\tnone\n").error().message.find("labels.tsv:3:"), std::string::npos);
}

}  // namespace
}  // namespace duologue::experiment
