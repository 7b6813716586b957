#include "model/gguf_file.h"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "model/testing/tiny_gguf.h"

namespace duologue::model {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

class GgufFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("gguf_file_test." + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& bytes) {
    const fs::path path = folder_ / "model.gguf";
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  base::Error error_of(const std::string& bytes) {
    const auto summary = read_gguf_summary(write(bytes));
    EXPECT_FALSE(summary.has_value());
    return summary ? base::Error{} : summary.error();
  }

  fs::path folder_;
};

TEST_F(GgufFile, SumsUpAWholeFile) {
  const std::string bytes = testing::tiny_gguf();
  const auto summary = read_gguf_summary(write(bytes));
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_EQ(summary->version, 3U);
  EXPECT_EQ(summary->tensors, 2U);
  EXPECT_EQ(summary->bytes, bytes.size());
  EXPECT_EQ(summary->architecture, "llama");
  EXPECT_EQ(summary->name, "tiny");
  EXPECT_TRUE(summary->chat_template);
}

TEST_F(GgufFile, RefusesEveryTruncation) {
  const std::string bytes = testing::tiny_gguf();
  const std::string path = write(bytes);
  for (std::size_t size = bytes.size(); size-- > 0;) {
    fs::resize_file(path, size);
    const auto summary = read_gguf_summary(path);
    ASSERT_FALSE(summary.has_value()) << size;
    EXPECT_EQ(summary.error().kind, ErrorKind::kModel) << size;
    EXPECT_NE(summary.error().message.find("model.gguf: "), std::string::npos) << summary.error().message;
  }
}

// No byte of a header may lead to a crash, a hang or a huge allocation; the sanitizers watch.
TEST_F(GgufFile, SurvivesEveryChangedByte) {
  const std::string bytes = testing::tiny_gguf();
  const std::string path = write(bytes);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&file](std::size_t at, char value) {
    file.seekp(static_cast<std::streamoff>(at)).put(value).flush();
  };
  int refused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char value : {'\x00', '\x01', '\x7f', '\xff'}) {
      put(i, value);
      const auto summary = read_gguf_summary(path);
      if (summary) continue;
      ++refused;
      EXPECT_EQ(summary.error().message.find('\n'), std::string::npos);
    }
    put(i, bytes[i]);
  }
  EXPECT_GT(refused, 100);
}

TEST_F(GgufFile, NamesWrongMagicAndVersion) {
  EXPECT_NE(error_of("PK\x03\x04 a zip file").message.find("not a GGUF file"), std::string::npos);
  std::string bytes = testing::tiny_gguf();
  bytes[4] = 9;
  EXPECT_NE(error_of(bytes).message.find("GGUF version 9"), std::string::npos);
  bytes[4] = 0;
  bytes[7] = 3;
  EXPECT_NE(error_of(bytes).message.find("big-endian"), std::string::npos);
}

TEST_F(GgufFile, RefusesImpossibleCounts) {
  std::string bytes = testing::tiny_gguf();
  std::memset(bytes.data() + 8, 0xff, 8);
  EXPECT_NE(error_of(bytes).message.find("impossible counts"), std::string::npos);
}

TEST_F(GgufFile, SaysWhatIsNoFile) {
  EXPECT_EQ(read_gguf_summary((folder_ / "missing.gguf").string()).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read_gguf_summary(folder_.string()).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(read_gguf_summary("/dev/null").error().kind, ErrorKind::kUsage);
  EXPECT_NE(error_of("").message.find("empty file"), std::string::npos);
}

}  // namespace
}  // namespace duologue::model
