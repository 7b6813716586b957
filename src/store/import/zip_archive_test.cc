#include "store/import/zip_archive.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/import/testing/zip_maker.h"

namespace duologue::store {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

const Files& files() {
  static const Files kFiles{
      {"header.json", "{}"}, {"samples/a.json", std::string(5'000, 'x') + "é"}, {"empty", ""}};
  return kFiles;
}

std::string error_of(const std::string& zip, const ZipLimits& limits = {}) {
  auto archive = ZipArchive::from_memory(zip, "a.eval", limits);
  if (!archive) return archive.error().message;
  for (const ZipFile& file : archive->files()) {
    const auto content = archive->read(file);
    if (!content) return content.error().message;
  }
  return "";
}

// Sets the two bytes that stand `at` bytes after the first directory header.
std::string with_directory_bytes(std::string zip, std::size_t at, std::uint16_t value) {
  const std::size_t header = zip.find("PK\x01\x02");
  zip[header + at] = static_cast<char>(value & 255);
  zip[header + at + 1] = static_cast<char>(value >> 8);
  return zip;
}

TEST(ZipArchive, ReadsEveryPacking) {
  for (const Packing packing : {Packing::kStored, Packing::kDeflate, Packing::kZstd}) {
    const std::string zip = make_zip(files(), packing);
    auto archive = ZipArchive::from_memory(zip, "a.eval");
    ASSERT_TRUE(archive) << archive.error().message;
    ASSERT_EQ(archive->files().size(), files().size());
    for (const auto& [name, text] : files()) {
      const ZipFile* file = archive->find(name);
      ASSERT_NE(file, nullptr) << name;
      EXPECT_EQ(archive->read(*file).value(), text) << name;
    }
    EXPECT_EQ(archive->find("../header.json"), nullptr);
  }
  const std::string none = make_zip({}, Packing::kStored);
  EXPECT_TRUE(is_zip(none));
  EXPECT_TRUE(ZipArchive::from_memory(none, "a.eval")->files().empty());
}

TEST(ZipArchive, ACutOneHasNoDirectory) {
  const std::string zip = make_zip(files(), Packing::kDeflate);
  for (std::size_t n = 0; n < zip.size(); ++n) {
    EXPECT_NE(error_of(zip.substr(0, n)), "") << n;
  }
}

TEST(ZipArchive, AnyBytesGiveTheContentOrAnError) {
  const std::string zip = make_zip(files(), Packing::kDeflate);
  for (std::size_t i = 0; i < zip.size(); ++i) {
    std::string changed = zip;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    auto archive = ZipArchive::from_memory(changed, "a.eval");
    if (!archive) continue;
    for (const ZipFile& file : archive->files()) {
      const auto content = archive->read(file);
      // The CRC saw it where the content isn't one of those that were packed.
      if (content) {
        EXPECT_TRUE(std::ranges::any_of(files(), [&](const auto& one) { return one.second == *content; }))
            << i;
      }
    }
  }
}

TEST(ZipArchive, RefusesBombs) {
  const std::string bomb = make_zip({{"samples/a.json", std::string(8 << 20, '0')}}, Packing::kZstd);
  EXPECT_NE(error_of(bomb).find("8388608 bytes, unpacked from "), std::string::npos) << error_of(bomb);
  ZipLimits limits;
  limits.max_file_bytes = 100;
  EXPECT_NE(error_of(make_zip(files(), Packing::kDeflate), limits).find("more than is read from here"),
            std::string::npos);
  limits = {};
  limits.max_total_bytes = 5'000;
  EXPECT_NE(error_of(make_zip(files(), Packing::kDeflate), limits).find("more than 5000 bytes, unpacked"),
            std::string::npos);
  limits = {};
  limits.max_files = 2;
  EXPECT_NE(error_of(make_zip(files(), Packing::kDeflate), limits).find("of 3 files"), std::string::npos);
  // One that unpacks to more than it declares: the size in the directory is made smaller.
  const std::string lying =
      with_directory_bytes(make_zip({{"a", std::string(900, 'y')}}, Packing::kDeflate), 24, 9);
  EXPECT_NE(error_of(lying).find("'a' in it is damaged"), std::string::npos) << error_of(lying);
}

TEST(ZipArchive, SaysWhatItCantRead) {
  const std::string zip = make_zip(files(), Packing::kStored);
  EXPECT_NE(error_of(with_directory_bytes(zip, 8, 1)).find("'header.json' is encrypted"), std::string::npos);
  EXPECT_NE(error_of(with_directory_bytes(zip, 10, 12)).find("method 12"), std::string::npos);
  EXPECT_NE(error_of("PK\x05\x06").find("is the file cut off?"), std::string::npos);
  EXPECT_EQ(ZipArchive::open("/nowhere/a.eval").error().kind, base::ErrorKind::kNotFound);
}

}  // namespace
}  // namespace duologue::store
