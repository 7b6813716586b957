#include "store/import/log_input.h"

#include <sys/stat.h>

#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "store/testing/sample.h"

namespace duologue::store {
namespace {

void write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

using namespace std::literals;

struct Line {
  std::string text;
  std::uint64_t line, offset;
  bool ended;
  bool operator==(const Line&) const = default;
};

std::vector<Line> lines_of(LogInput input) {
  std::vector<Line> lines;
  while (true) {
    const auto peeked = input.peek_line(1'000'000);
    EXPECT_TRUE(peeked);
    const std::string seen = peeked && *peeked ? std::string((*peeked)->text) : "";
    const auto piece = input.next_line(1'000'000);
    EXPECT_TRUE(piece);
    if (!piece || !*piece) return lines;
    EXPECT_EQ((*piece)->text, seen);
    lines.push_back({std::string((*piece)->text), (*piece)->line, (*piece)->offset, (*piece)->ended});
  }
}

constexpr std::string_view kText = "\xEF\xBB\xBFone\r\n\n  \r\ntwo \0 2\n\rthree"sv;

TEST(LogInput, GivesLinesWithTheirPlaces) {
  const std::vector<Line> expected{
      {"one", 1, 3, true}, {"two \0 2"s, 4, 13, true}, {"\rthree", 5, 21, false}};
  EXPECT_EQ(lines_of(LogInput::from_memory(kText, "x")), expected);
  const TempFolder folder;
  write(folder / "x", kText);
  auto file = LogInput::open(folder / "x");
  ASSERT_TRUE(file);
  EXPECT_EQ(lines_of(std::move(*file)), expected);
  EXPECT_TRUE(lines_of(LogInput::from_memory("", "x")).empty());
  EXPECT_TRUE(lines_of(LogInput::from_memory(" \n\t\r\n", "x")).empty());
}

TEST(LogInput, LinesLongerThanAChunkAreWhole) {
  const TempFolder folder;
  const std::string longest(3'000'000, 'x');
  write(folder / "x", "a\n" + longest + "\n" + longest + "y\nend");
  auto file = LogInput::open(folder / "x");
  ASSERT_TRUE(file);
  std::vector<std::size_t> sizes;
  while (true) {
    const auto piece = file->next_line(4'000'000);
    ASSERT_TRUE(piece);
    if (!*piece) break;
    sizes.push_back((*piece)->text.size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 3'000'000, 3'000'001, 3}));
}

TEST(LogInput, RefusesALineOrRestPastItsLimit) {
  auto input = LogInput::from_memory("ok\nlonger\n", "x.jsonl");
  EXPECT_TRUE(input.next_line(5));
  const auto line = input.next_line(5);
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().message, "x.jsonl:2: byte 3: a line of more than 5 bytes; split it or leave it out");
  EXPECT_FALSE(input.rest(6));
  const auto rest = input.rest(7);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->text, "longer\n");
  EXPECT_EQ(rest->line, 2u);
  EXPECT_EQ(rest->offset, 3u);
  // Without an end to look for, it must not read for ever.
  auto endless = LogInput::open("/dev/zero");
  ASSERT_TRUE(endless);
  EXPECT_FALSE(endless->next_line(5'000'000));
  EXPECT_FALSE(endless->rest(5'000'000));
}

TEST(LogInput, SaysWhatCannotBeOpened) {
  const TempFolder folder;
  EXPECT_EQ(LogInput::open(folder / "none").error().kind, base::ErrorKind::kNotFound);
  const auto is_folder = LogInput::open(folder.path());
  ASSERT_FALSE(is_folder);
  EXPECT_NE(is_folder.error().message.find("is a folder"), std::string::npos);
}

}  // namespace
}  // namespace duologue::store
