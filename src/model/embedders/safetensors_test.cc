#include "model/embedders/safetensors.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "model/embedders/testing/fixtures.h"

namespace duologue::model {
namespace {

using testing::bytes_of;
using testing::TempFolder;

Safetensors opened(const TempFolder& folder, const std::string& bytes) {
  auto file = Safetensors::open(folder.write("a.safetensors", bytes));
  EXPECT_TRUE(file) << file.error().message;
  return file ? std::move(*file) : Safetensors();
}

TEST(SafetensorsFile, GivesBackEveryNumberType) {
  const TempFolder folder;
  const std::vector<std::uint16_t> halves{0x3C00, 0xC000, 0x0001, 0x7C00, 0x03FF, 0x7BFF, 0x8000};
  const Safetensors file = opened(
      folder,
      testing::safetensors({{"f64", "F64", {2}, bytes_of(std::vector{0.1, -2.0})},
                            {"f32", "F32", {1, 2}, bytes_of(std::vector{0.1F, 3.0F})},
                            {"f16", "F16", {7}, bytes_of(halves)},
                            {"bf16", "BF16", {2}, bytes_of(std::vector<std::uint16_t>{0x3F80, 0xC040})},
                            {"i8", "I8", {2}, bytes_of(std::vector<std::int8_t>{-128, 127})},
                            {"i32", "I32", {1}, bytes_of(std::vector<std::int32_t>{-7})},
                            {"i64", "I64", {1}, bytes_of(std::vector<std::int64_t>{1LL << 40})},
                            {"none", "F32", {0, 4}, ""},
                            {"one", "F32", {}, bytes_of(std::vector{5.0F})},
                            {"bool", "BOOL", {1}, "\1"}}));
  EXPECT_EQ(file.tensors().size(), 10u);
  EXPECT_EQ(*file.floats(*file.find("f64")), (std::vector{0.1F, -2.0F}));
  EXPECT_EQ(*file.floats(*file.find("f32")), (std::vector{0.1F, 3.0F}));
  EXPECT_EQ(file.find("f32")->shape, (std::vector<std::uint64_t>{1, 2}));
  const std::vector<float> f16 = *file.floats(*file.find("f16"));
  EXPECT_EQ(f16, (std::vector{1.0F, -2.0F, 0x1p-24F, std::numeric_limits<float>::infinity(), 1023 * 0x1p-24F,
                              65504.0F, -0.0F}));
  EXPECT_TRUE(std::signbit(f16[6]));
  EXPECT_EQ(*file.floats(*file.find("bf16")), (std::vector{1.0F, -3.0F}));
  EXPECT_EQ(*file.floats(*file.find("i8")), (std::vector{-128.0F, 127.0F}));
  EXPECT_EQ(*file.integers(*file.find("i32")), std::vector<std::int64_t>{-7});
  EXPECT_EQ(*file.integers(*file.find("i64")), std::vector<std::int64_t>{1LL << 40});
  EXPECT_TRUE(file.floats(*file.find("none"))->empty());
  EXPECT_EQ(*file.floats(*file.find("one")), std::vector{5.0F});
  EXPECT_EQ(file.find("two"), nullptr);
  EXPECT_EQ(file.floats(*file.find("bool")).error().kind, base::ErrorKind::kModel);
  EXPECT_EQ(file.integers(*file.find("f32")).error().kind, base::ErrorKind::kModel);
}

TEST(SafetensorsFile, KeepsANaNOne) {
  const TempFolder folder;
  const Safetensors file =
      opened(folder, testing::safetensors({{"h", "F16", {1}, bytes_of(std::vector<std::uint16_t>{0x7E00})}}));
  EXPECT_TRUE(std::isnan((*file.floats(*file.find("h")))[0]));
}

// Every one of these is somebody's attempt, or a download that broke off.
TEST(SafetensorsFile, RefusesWhatDoesNotFit) {
  const TempFolder folder;
  const auto entry = [](const std::string& body) {
    return testing::safetensors_with("{\"a\":" + body + "}", "12345678");
  };
  const std::string whole = testing::safetensors({{"a", "F32", {2}, "12345678"}});
  const std::vector<std::string> wrong = {
      "",
      "short",
      whole.substr(0, 30),
      whole.substr(0, whole.size() - 1),
      testing::safetensors_with("[]", ""),
      testing::safetensors_with("{\"a\":}", ""),
      testing::safetensors_with(std::string(100, '['), ""),
      std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8) + "{}",
      std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8) + "{}",
      entry("7"),
      entry(R"({"dtype":"F32","shape":[2]})"),
      entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0]})"),
      entry(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"),
      entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0,9]})"),
      entry(R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})"),
      entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0.0,8.0]})"),
      entry(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"),
      entry(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"),
      entry(R"({"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]})"),
      entry(R"({"dtype":"F32","shape":[9223372036854775808,2],"data_offsets":[0,0]})"),
      entry(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]})"),
      entry(R"({"dtype":7,"shape":[2],"data_offsets":[0,8]})"),
  };
  for (const std::string& bytes : wrong) {
    const auto file = Safetensors::open(folder.write("wrong", bytes));
    ASSERT_FALSE(file) << bytes;
    EXPECT_EQ(file.error().kind, base::ErrorKind::kModel) << bytes;
    EXPECT_TRUE(file.error().message.starts_with(folder.path())) << file.error().message;
    EXPECT_EQ(file.error().message.find('\n'), std::string::npos) << file.error().message;
  }
  EXPECT_EQ(Safetensors::open(folder.path() + "/gone").error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(Safetensors::open(folder.path()).error().kind, base::ErrorKind::kUsage);
}

TEST(SafetensorsFile, SaysWhenTheFileChangesUnderIt) {
  const TempFolder folder;
  const std::string whole = testing::safetensors({{"a", "F32", {2}, "12345678"}});
  const Safetensors file = opened(folder, whole);
  folder.write("a.safetensors", whole.substr(0, whole.size() - 4));
  EXPECT_EQ(file.floats(*file.find("a")).error().kind, base::ErrorKind::kIo);
}

// No way to break the header may do more than be refused.
TEST(SafetensorsFile, SurvivesEveryChangedByte) {
  const TempFolder folder;
  const std::string whole =
      testing::safetensors({{"a", "F32", {2}, "12345678"}, {"b", "I64", {1}, "12345678"}});
  for (std::size_t at = 0; at + 16 < whole.size(); ++at) {
    for (const char c : {'\0', '9', '"', '\xFF', '{'}) {
      std::string changed = whole;
      changed[at] = c;
      const auto file = Safetensors::open(folder.write("changed", changed));
      if (!file) continue;
      for (const auto& [name, tensor] : file->tensors()) (void)file->floats(tensor);
    }
  }
}

}  // namespace
}  // namespace duologue::model
