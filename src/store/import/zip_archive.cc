#include "store/import/zip_archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include "store/import/json_node.h"

namespace duologue::store {

namespace {

using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kEnd64Locator = 0x07064b50;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kDirectoryHeaderBytes = 46;
constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::size_t kMaxCommentBytes = 0xFFFF;
constexpr std::uint16_t kZip64Field = 1;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;
constexpr std::uint16_t kStored = 0, kDeflate = 8, kZstd = 93;
constexpr std::uint64_t kSmallBytes = std::uint64_t{1} << 20;

// Little-endian, at a place that must be within the bytes.
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}
std::uint16_t u16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(number_at(bytes, at, 2));
}
std::uint32_t u32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(number_at(bytes, at, 4));
}
std::uint64_t u64(std::string_view bytes, std::size_t at) { return number_at(bytes, at, 8); }

// Takes the 64-bit values of the directory's extra field, for those that say so. False: it is cut off.
bool take_zip64(std::string_view extra, ZipFile& file) {
  while (extra.size() >= 4) {
    const std::size_t size = u16(extra, 2);
    if (extra.size() - 4 < size) return true;  // padding of some tools
    std::string_view field = extra.substr(4, size);
    if (u16(extra, 0) == kZip64Field) {
      for (std::uint64_t* value : {&file.bytes, &file.packed_bytes, &file.header_offset}) {
        if (*value != kIn64) continue;
        if (field.size() < 8) return false;
        *value = u64(field, 0);
        field.remove_prefix(8);
      }
      return true;
    }
    extra.remove_prefix(4 + size);
  }
  return true;
}

// Both give what came out, which may be shorter than `bytes` where the packed ones end early; empty: damaged,
// or there is more than that.
std::optional<std::string> inflate_all(std::string_view packed, std::size_t bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
  std::string out(bytes + 1, '\0');  // a byte more shows that there is more
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (status != Z_STREAM_END || out.size() > bytes) return std::nullopt;
  return out;
}

std::optional<std::string> unpack_zstd(std::string_view packed, std::size_t bytes) {
  std::string out(bytes + 1, '\0');
  const std::size_t size = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size > bytes) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace

// Where the archive lies: a file, read piece by piece (one that is cut off meanwhile is an error and no
// signal, as it would be in a mapping), or memory.
class ZipArchive::Bytes {
 public:
  explicit Bytes(std::string_view memory) : memory_(memory), size_(memory.size()) {}
  Bytes(int fd, std::uint64_t size) : fd_(fd), size_(size) {}
  ~Bytes() {
    if (fd_ >= 0) close(fd_);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  std::uint64_t size() const { return size_; }

  // Empty: not all of it is there.
  std::optional<std::string> read(std::uint64_t offset, std::uint64_t size) const {
    if (offset > size_ || size > size_ - offset) return std::nullopt;
    if (fd_ < 0) return std::string(memory_.substr(offset, size));
    std::string out(size, '\0');
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t got = pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      done += static_cast<std::size_t>(got);
    }
    return out;
  }

 private:
  int fd_ = -1;
  std::string_view memory_;
  std::uint64_t size_;
};

bool is_zip(std::string_view start) {
  return start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06");
}

ZipArchive::ZipArchive(std::unique_ptr<Bytes> bytes, std::string name, const ZipLimits& limits)
    : bytes_(std::move(bytes)), name_(std::move(name)), limits_(limits) {}
ZipArchive::~ZipArchive() = default;
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;

Result<ZipArchive> ZipArchive::open(const std::string& path, const ZipLimits& limits) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (fd < 0 || fstat(fd, &status) != 0) {
    const int error = errno;
    if (fd >= 0) close(fd);
    return base::fail(error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
                      fmt::format("{}: can't be read: {}", path, std::strerror(error)));
  }
  ZipArchive archive(
      std::make_unique<Bytes>(fd, static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0))), path,
      limits);
  TRY(archive.read_directory());
  return archive;
}

Result<ZipArchive> ZipArchive::from_memory(std::string_view bytes, const std::string& name,
                                           const ZipLimits& limits) {
  ZipArchive archive(std::make_unique<Bytes>(bytes), name, limits);
  TRY(archive.read_directory());
  return archive;
}

std::unexpected<base::Error> ZipArchive::fail(std::string_view what) const {
  return base::fail(ErrorKind::kBadInput, fmt::format("{}: {}", name_, what));
}

const ZipFile* ZipArchive::find(std::string_view name) const {
  const auto at = std::ranges::find(files_, name, &ZipFile::name);
  return at == files_.end() ? nullptr : &*at;
}

Status ZipArchive::read_directory() {
  constexpr const char* kCutOff = "a zip archive without its directory: is the file cut off? Copy it again";
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(bytes_->size(), kEndBytes + kMaxCommentBytes);
  const auto tail = bytes_->read(bytes_->size() - tail_bytes, tail_bytes);
  if (!tail || tail->size() < kEndBytes) return fail(kCutOff);
  // The last record whose comment ends where the file does.
  std::size_t at = tail->size() - kEndBytes + 1;
  do {
    if (at-- == 0) return fail(kCutOff);
  } while (u32(*tail, at) != kEnd || at + kEndBytes + u16(*tail, at + 20) != tail->size());
  std::uint64_t count = u16(*tail, at + 10);
  std::uint64_t size = u32(*tail, at + 12);
  std::uint64_t offset = u32(*tail, at + 16);
  if (at >= kLocatorBytes && u32(*tail, at - kLocatorBytes) == kEnd64Locator) {
    const auto end64 = bytes_->read(u64(*tail, at - kLocatorBytes + 8), kEnd64Bytes);
    if (!end64 || u32(*end64, 0) != kEnd64) return fail("a zip archive with a damaged directory (zip64)");
    count = u64(*end64, 32);
    size = u64(*end64, 40);
    offset = u64(*end64, 48);
  }
  if (count > limits_.max_files || size > limits_.max_directory_bytes) {
    return fail(fmt::format("a zip archive of {} files, more than the {} that are read from one; split it",
                            count, limits_.max_files));
  }
  const auto directory = bytes_->read(offset, size);
  if (!directory) return fail(kCutOff);
  return read_directory_entries(*directory, count);
}

Status ZipArchive::read_directory_entries(std::string_view directory, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t lengths =
        directory.size() < kDirectoryHeaderBytes
            ? 0
            : std::size_t{u16(directory, 28)} + u16(directory, 30) + u16(directory, 32);
    if (directory.size() < kDirectoryHeaderBytes + lengths || u32(directory, 0) != kDirectoryHeader) {
      return fail(fmt::format("a zip archive whose directory is damaged at file {} of {}", i + 1, count));
    }
    ZipFile file;
    file.encrypted = (u16(directory, 8) & 1U) != 0;
    file.method = u16(directory, 10);
    file.crc = u32(directory, 16);
    file.packed_bytes = u32(directory, 20);
    file.bytes = u32(directory, 24);
    file.header_offset = u32(directory, 42);
    const std::size_t name_bytes = u16(directory, 28);
    file.name = directory.substr(kDirectoryHeaderBytes, name_bytes);
    if (!take_zip64(directory.substr(kDirectoryHeaderBytes + name_bytes, u16(directory, 30)), file)) {
      return fail(fmt::format("a zip archive whose directory is damaged at file {} of {}", i + 1, count));
    }
    files_.push_back(std::move(file));
    directory.remove_prefix(kDirectoryHeaderBytes + lengths);
  }
  return {};
}

Status ZipArchive::check(const ZipFile& file) const {
  const std::string name = in_quotes(file.name);
  if (file.encrypted) return fail(fmt::format("{} is encrypted; unpack it first", name));
  if (file.method != kStored && file.method != kDeflate && file.method != kZstd) {
    return fail(fmt::format("{} is compressed by method {}, which isn't known here; pack it with deflate",
                            name, file.method));
  }
  const bool bomb = file.bytes > kSmallBytes && file.bytes / limits_.max_ratio > file.packed_bytes;
  if (file.bytes > limits_.max_file_bytes || file.packed_bytes > limits_.max_file_bytes || bomb) {
    return fail(fmt::format("{} would be {} bytes, unpacked from {}, which is more than is read from here",
                            name, file.bytes, file.packed_bytes));
  }
  if (file.bytes > limits_.max_total_bytes - unpacked_) {
    return fail(fmt::format("would be more than {} bytes, unpacked; split it", limits_.max_total_bytes));
  }
  return {};
}

Result<std::string> ZipArchive::read(const ZipFile& file) {
  TRY(check(file));
  unpacked_ += file.bytes;
  const std::string damaged = fmt::format("{} in it is damaged; copy the file again", in_quotes(file.name));
  const auto header = bytes_->read(file.header_offset, kLocalHeaderBytes);
  if (!header || u32(*header, 0) != kLocalHeader) return fail(damaged);
  const std::uint64_t start = file.header_offset + kLocalHeaderBytes + u16(*header, 26) + u16(*header, 28);
  auto packed = bytes_->read(start, file.packed_bytes);
  if (!packed) return fail(damaged);
  std::optional<std::string> content;
  if (file.method == kStored) {
    content = std::move(packed);
  } else if (file.method == kDeflate) {
    content = inflate_all(*packed, file.bytes);
  } else {
    content = unpack_zstd(*packed, file.bytes);
  }
  if (!content || content->size() != file.bytes) return fail(damaged);
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(content->data()), content->size());
  if (static_cast<std::uint32_t>(crc) != file.crc) return fail(damaged);
  return std::move(*content);
}

}  // namespace duologue::store
