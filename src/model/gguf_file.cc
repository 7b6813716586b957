// GGUF (ggml/include/gguf.h of llama.cpp): "GGUF", version, counts, keys with values, the tensors' names,
// shapes, types and offsets, then their data. A file that was cut while it was copied still has a good
// beginning, so the data that the tensors need is added up and compared with the file's size.
#include "model/gguf_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace duologue::model {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;

constexpr std::uint64_t kMaxTensors = 1 << 16;
constexpr std::uint64_t kMaxKeys = 1 << 16;
constexpr std::uint64_t kMaxKeyBytes = 1 << 16;
constexpr std::uint64_t kMaxTextBytes = 1 << 10;  // of a value that is kept
constexpr std::uint64_t kMaxDimensions = 4;
constexpr std::uint32_t kMaxAlignment = 1 << 16;

enum ValueType : std::uint32_t { kUint32 = 4, kString = 8, kArray = 9, kValueTypes = 13 };
// Bytes of a value by its type; 0: string and array have their own lengths.
constexpr std::array<std::uint64_t, kValueTypes> kValueBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

struct Block {
  std::uint32_t elements;  // 0: not a type of today's
  std::uint32_t bytes;
};
// By ggml_type. A type that isn't here is checked by its offset alone.
constexpr std::array<Block, 43> kBlocks = {
    {{1, 4},    {1, 2},    {32, 18},   {32, 20},   {0, 0},     {0, 0},     {32, 22},   {32, 24},  {32, 34},
     {32, 36},  {256, 84}, {256, 110}, {256, 144}, {256, 176}, {256, 210}, {256, 292}, {256, 66}, {256, 74},
     {256, 98}, {256, 50}, {32, 18},   {256, 110}, {256, 82},  {256, 136}, {1, 1},     {1, 2},    {1, 4},
     {1, 8},    {1, 8},    {256, 56},  {1, 2},     {0, 0},     {0, 0},     {0, 0},     {256, 54}, {256, 66},
     {0, 0},    {0, 0},    {0, 0},     {32, 17},   {64, 36},   {128, 18},  {64, 18}}};

// Reads forward, and knows where the file ends.
class Reader {
 public:
  Reader(std::FILE* file, std::uint64_t bytes) : file_(file), bytes_(bytes) {}

  bool read(void* out, std::uint64_t count) {
    if (count > bytes_ - at_ || std::fread(out, 1, count, file_) != count) return false;
    at_ += count;
    return true;
  }
  bool skip(std::uint64_t count) {
    if (count > bytes_ - at_) return false;
    at_ += count;
    // Short skips stay in the buffer, which a seek would throw away.
    std::array<char, 256> scrap{};
    if (count <= scrap.size()) return std::fread(scrap.data(), 1, count, file_) == count;
    return fseeko(file_, static_cast<off_t>(at_), SEEK_SET) == 0;
  }
  template <typename T>
  std::optional<T> number() {
    T value{};
    if (!read(&value, sizeof value)) return std::nullopt;
    return value;
  }
  // Up to `keep` bytes of a string, the rest skipped. Empty: the file ends in it.
  std::optional<std::string> text(std::uint64_t keep) {
    const auto length = number<std::uint64_t>();
    if (!length || *length > bytes_ - at_) return std::nullopt;
    std::string out(std::min(*length, keep), '\0');
    if (!read(out.data(), out.size()) || !skip(*length - out.size())) return std::nullopt;
    return out;
  }
  std::uint64_t at() const { return at_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::FILE* file_;
  std::uint64_t bytes_;
  std::uint64_t at_ = 0;
};

constexpr std::string_view kAgain = "copy or fetch it again";

base::Error damaged(const std::string& path, std::string_view what) {
  return {ErrorKind::kModel, fmt::format("{}: a damaged GGUF file ({}): {}", path, what, kAgain),
          std::nullopt};
}

base::Error truncated(const std::string& path, std::uint64_t bytes) {
  return {ErrorKind::kModel,
          fmt::format("{}: the GGUF file is cut off after {} bytes: {}", path, bytes, kAgain), std::nullopt};
}

class Parser {
 public:
  Parser(const std::string& path, Reader reader) : path_(path), reader_(reader) {}

  Result<GgufSummary> parse() {
    summary_.bytes = reader_.bytes();
    TRY(header());
    for (std::uint64_t i = 0; i < keys_; ++i) TRY(key());
    TRY(tensors());
    return std::move(summary_);
  }

 private:
  Status header() {
    std::array<char, 4> magic{};
    if (!reader_.read(magic.data(), magic.size()) || std::memcmp(magic.data(), "GGUF", 4) != 0) {
      return fail(ErrorKind::kModel, path_ + ": not a GGUF file (it doesn't begin with \"GGUF\")");
    }
    const auto version = reader_.number<std::uint32_t>();
    if (!version) return cut();
    if (*version < 2 || *version > 3) {
      return fail(ErrorKind::kModel,
                  fmt::format("{}: GGUF version {}, but versions 2 and 3 are read{}", path_, *version,
                              (*version & 0xffff) == 0 ? " (it is big-endian)" : ""));
    }
    summary_.version = *version;
    const auto tensors = reader_.number<std::uint64_t>();
    const auto keys = reader_.number<std::uint64_t>();
    if (!tensors || !keys) return cut();
    if (*tensors > kMaxTensors || *keys > kMaxKeys)
      return std::unexpected(damaged(path_, "impossible counts"));
    summary_.tensors = *tensors;
    keys_ = *keys;
    return {};
  }

  Status key() {
    const auto name = reader_.text(kMaxKeyBytes);
    const auto type = reader_.number<std::uint32_t>();
    if (!name || !type) return cut();
    if (*type == kString && (*name == "general.architecture" || *name == "general.name")) {
      auto text = reader_.text(kMaxTextBytes);
      if (!text) return cut();
      (*name == "general.name" ? summary_.name : summary_.architecture) = *std::move(text);
      return {};
    }
    if (*name == "tokenizer.chat_template") summary_.chat_template = true;
    if (*type == kUint32 && *name == "general.alignment") {
      const auto alignment = reader_.number<std::uint32_t>();
      if (!alignment) return cut();
      if (*alignment == 0 || *alignment > kMaxAlignment || (*alignment & (*alignment - 1)) != 0) {
        return std::unexpected(damaged(path_, "an impossible alignment"));
      }
      alignment_ = *alignment;
      return {};
    }
    return *type == kArray ? skip_array() : skip_value(*type, 1);
  }

  Status skip_array() {
    const auto type = reader_.number<std::uint32_t>();
    const auto count = reader_.number<std::uint64_t>();
    if (!type || !count) return cut();
    return skip_value(*type, *count);
  }

  Status skip_value(std::uint32_t type, std::uint64_t count) {
    if (type >= kValueTypes || type == kArray)
      return std::unexpected(damaged(path_, "a value of an unknown type"));
    if (type == kString) {
      for (std::uint64_t i = 0; i < count; ++i) {
        if (!reader_.text(0)) return cut();
      }
      return {};
    }
    if (count > reader_.bytes() || !reader_.skip(count * kValueBytes[type])) return cut();
    return {};
  }

  Status tensors() {
    std::uint64_t needed = 0;
    for (std::uint64_t i = 0; i < summary_.tensors; ++i) {
      TRY_ASSIGN(const std::uint64_t end, tensor());
      needed = std::max(needed, end);
    }
    const std::uint64_t data = (reader_.at() + alignment_ - 1) / alignment_ * alignment_;
    if (needed > reader_.bytes() || data > reader_.bytes() - needed) return cut();
    return {};
  }

  // Where one tensor's data ends, counted from the beginning of all data.
  Result<std::uint64_t> tensor() {
    if (!reader_.text(0)) return std::unexpected(truncated(path_, reader_.bytes()));
    const auto dimensions = reader_.number<std::uint32_t>();
    if (!dimensions) return std::unexpected(truncated(path_, reader_.bytes()));
    if (*dimensions > kMaxDimensions)
      return std::unexpected(damaged(path_, "a tensor of too many dimensions"));
    std::uint64_t elements = 1;
    for (std::uint32_t i = 0; i < *dimensions; ++i) {
      const auto size = reader_.number<std::uint64_t>();
      if (!size) return std::unexpected(truncated(path_, reader_.bytes()));
      if (*size > (std::uint64_t{1} << 40) ||
          elements > (std::uint64_t{1} << 40) / std::max<std::uint64_t>(*size, 1)) {
        return std::unexpected(damaged(path_, "a tensor of an impossible size"));
      }
      elements *= *size;
    }
    const auto type = reader_.number<std::uint32_t>();
    const auto offset = reader_.number<std::uint64_t>();
    if (!type || !offset) return std::unexpected(truncated(path_, reader_.bytes()));
    if (*offset > reader_.bytes()) return std::unexpected(truncated(path_, reader_.bytes()));
    const Block block = *type < kBlocks.size() ? kBlocks[*type] : Block{0, 0};
    return block.elements == 0 ? *offset : *offset + elements / block.elements * block.bytes;
  }

  std::unexpected<base::Error> cut() const { return std::unexpected(truncated(path_, reader_.bytes())); }

  const std::string& path_;
  Reader reader_;
  GgufSummary summary_;
  std::uint64_t keys_ = 0;
  std::uint64_t alignment_ = 32;
};

}  // namespace

Result<GgufSummary> read_gguf_summary(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) {
    const int error = errno;
    return fail(error == ENOENT || error == ENOTDIR ? ErrorKind::kNotFound : ErrorKind::kModel,
                error == ENOENT ? path + ": no such file" : path + ": " + std::strerror(error));
  }
  if (S_ISDIR(info.st_mode)) return fail(ErrorKind::kUsage, path + ": a folder, not a GGUF file");
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::kUsage, path + ": not a regular file");
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) return fail(ErrorKind::kModel, path + ": " + std::strerror(errno));
  if (info.st_size == 0) return fail(ErrorKind::kModel, path + ": an empty file, not a GGUF file");
  return Parser(path, Reader(file.get(), static_cast<std::uint64_t>(info.st_size))).parse();
}

}  // namespace duologue::model
