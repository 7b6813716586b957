#include "base/paths.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

namespace duologue::base {
namespace {

Environment with(std::map<std::string, std::string> variables) {
  return [variables](std::string_view name) -> std::optional<std::string> {
    const auto it = variables.find(std::string(name));
    if (it == variables.end()) return std::nullopt;
    return it->second;
  };
}

std::filesystem::path scratch(const std::string& name) {
  const auto path =
      std::filesystem::temp_directory_path() / ("paths_test." + std::to_string(getpid()) + "." + name);
  std::filesystem::remove_all(path);
  return path;
}

TEST(Paths, FollowXdgThenHome) {
  EXPECT_EQ(cache_folder(with({{"XDG_CACHE_HOME", "/c/"}, {"HOME", "/h"}})).path, "/c/duologue");
  EXPECT_EQ(cache_folder(with({{"HOME", "/h"}})).path, "/h/.cache/duologue");
  EXPECT_EQ(data_folder(with({{"XDG_DATA_HOME", "/d"}, {"HOME", "/h"}})).path, "/d/duologue");
  EXPECT_EQ(data_folder(with({{"HOME", "/h"}})).path, "/h/.local/share/duologue");
  EXPECT_TRUE(data_folder(with({{"HOME", "/h"}})).note.empty());
}

TEST(Paths, IgnoreRelativeOnes) {
  EXPECT_EQ(cache_folder(with({{"XDG_CACHE_HOME", "here"}, {"HOME", "/h"}})).path, "/h/.cache/duologue");
}

TEST(Paths, WithoutHomeSaySo) {
  for (const Folder& folder : {cache_folder(with({})), data_folder(with({}))}) {
    EXPECT_TRUE(folder.path.starts_with(geteuid() == 0 ? "/var/" : "/tmp/duologue-"));
    EXPECT_NE(folder.note.find(folder.path), std::string::npos);
  }
}

TEST(Paths, MakesAFolderWithItsParents) {
  const auto root = scratch("make");
  const Folder folder{.path = (root / "a" / "b").string(), .note = {}};
  EXPECT_TRUE(make_folder(folder).has_value());
  EXPECT_TRUE(make_folder(folder).has_value());
  EXPECT_TRUE(std::filesystem::is_directory(folder.path));
  std::filesystem::remove_all(root);
}

TEST(Paths, RefusesAFileInItsPlace) {
  const auto root = scratch("file");
  std::ofstream(root) << "x";
  const auto made = make_folder({.path = root.string(), .note = {}});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().kind, ErrorKind::kIo);
  std::filesystem::remove_all(root);
}

TEST(Paths, RefusesASharedFolderThatOthersCanWrite) {
  const auto root = scratch("shared");
  std::filesystem::create_directory(root);
  std::filesystem::permissions(root, std::filesystem::perms::all);
  const Folder folder{.path = (root / "cache").string(), .note = {}, .in_shared = true};
  EXPECT_FALSE(make_folder(folder).has_value());
  std::filesystem::permissions(root, std::filesystem::perms::owner_all);
  EXPECT_TRUE(make_folder(folder).has_value());
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace duologue::base
