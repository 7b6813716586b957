// Reads single files out of a zip archive: stored, deflate or zstd (method 93), with zip64. Only what the
// central directory names is looked at; names are compared and never used as paths.
//
// Against bombs: limits on the number of files, on each one's size and ratio, and on what is unpacked in all;
// a file whose size or CRC isn't the declared one is refused. One thread. Errors: kNotFound and kIo (the
// file), kBadInput ("FILE: what is wrong").
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace duologue::store {

struct ZipLimits {
  std::uint32_t max_files = 200'000;
  std::uint64_t max_directory_bytes = std::uint64_t{64} << 20;
  std::uint64_t max_file_bytes = std::uint64_t{256} << 20;  // of one, unpacked
  std::uint64_t max_total_bytes = std::uint64_t{64} << 30;  // of all that is read, unpacked
  std::uint64_t max_ratio = 2'000;                          // unpacked to packed, of files of more than 1 MiB
};

struct ZipFile {
  std::string name;
  std::uint64_t packed_bytes = 0;
  std::uint64_t bytes = 0;  // unpacked
  std::uint64_t header_offset = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;
  bool encrypted = false;
};

bool is_zip(std::string_view start);

class ZipArchive {
 public:
  static base::Result<ZipArchive> open(const std::string& path, const ZipLimits& limits = {});
  // `bytes` must outlive it. `name` is what messages call them.
  static base::Result<ZipArchive> from_memory(std::string_view bytes, const std::string& name,
                                              const ZipLimits& limits = {});
  ~ZipArchive();
  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;
  ZipArchive& operator=(ZipArchive&&) = delete;

  const std::vector<ZipFile>& files() const { return files_; }  // in the directory's order
  const ZipFile* find(std::string_view name) const;
  base::Result<std::string> read(const ZipFile& file);

 private:
  class Bytes;
  ZipArchive(std::unique_ptr<Bytes> bytes, std::string name, const ZipLimits& limits);

  base::Status read_directory();
  base::Status read_directory_entries(std::string_view directory, std::uint64_t count);
  base::Status check(const ZipFile& file) const;
  std::unexpected<base::Error> fail(std::string_view what) const;

  std::unique_ptr<Bytes> bytes_;
  std::string name_;
  ZipLimits limits_;
  std::vector<ZipFile> files_;
  std::uint64_t unpacked_ = 0;  // so far
};

}  // namespace duologue::store
