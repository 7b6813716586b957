#include "cli/aliases.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace duologue::cli {
namespace {

class AliasesTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = testing::TempDir() + "aliases_" + std::to_string(getpid());
  const std::string file_ = folder_ + "/deep/models";
};

TEST_F(AliasesTest, NoFileIsNoAliases) { EXPECT_TRUE(read_aliases(file_)->empty()); }

TEST_F(AliasesTest, WritesReplacesAndKeepsRemarks) {
  ASSERT_TRUE(write_alias(file_, "one", "gguf:/a.gguf"));
  std::ofstream(file_, std::ios::app) << "# a remark\n";
  ASSERT_TRUE(write_alias(file_, "two", "smollm2"));
  ASSERT_TRUE(write_alias(file_, "one", "gguf:/b = c.gguf"));
  const auto aliases = read_aliases(file_);
  ASSERT_TRUE(aliases);
  EXPECT_EQ(*aliases, (std::map<std::string, std::string>{{"one", "gguf:/b = c.gguf"}, {"two", "smollm2"}}));
  std::ifstream in(file_);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find("# a remark\n"), std::string::npos);
}

TEST_F(AliasesTest, ABadLineIsToldWithItsPlace) {
  ASSERT_TRUE(write_alias(file_, "one", "m"));
  std::ofstream(file_, std::ios::app) << "nonsense\n";
  const auto aliases = read_aliases(file_);
  ASSERT_FALSE(aliases);
  EXPECT_NE(aliases.error().message.find(file_ + ":2:"), std::string::npos);
}

}  // namespace
}  // namespace duologue::cli
