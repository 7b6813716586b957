#include "store/import/testing/zip_maker.h"

#include <string_view>

#include <zlib.h>
#include <zstd.h>

namespace duologue::store {

namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8U) out.push_back(static_cast<char>(value & 255U));
}

std::string deflated(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstandard(std::string_view text) {
  // Two frames, as large members are written.
  std::string all;
  for (const std::string_view part : {text.substr(0, text.size() / 2), text.substr(text.size() / 2)}) {
    std::string out(ZSTD_compressBound(part.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), part.data(), part.size(), 3));
    all += out;
  }
  return all;
}

std::string packed(const std::string& text, Packing packing) {
  if (packing == Packing::kDeflate) return deflated(text);
  return packing == Packing::kZstd ? zstandard(text) : text;
}

}  // namespace

std::string make_zip(const std::vector<std::pair<std::string, std::string>>& files, Packing packing) {
  std::string out, directory;
  for (const auto& [name, text] : files) {
    const std::string bytes = packed(text, packing);
    std::string common;  // from "version needed" to the lengths, as both headers have it
    put(common, 20, 2);
    put(common, 0, 2);
    put(common, static_cast<std::uint64_t>(packing), 2);
    put(common, 0, 4);
    put(common, crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()), 4);
    put(common, bytes.size(), 4);
    put(common, text.size(), 4);
    put(common, name.size(), 2);
    put(common, 0, 2);
    const std::size_t offset = out.size();
    for (const std::string_view part : {std::string_view("PK\x03\x04"), std::string_view(common),
                                        std::string_view(name), std::string_view(bytes)})
      out += part;
    directory += "PK\x01\x02";
    put(directory, 20, 2);
    directory += common;
    put(directory, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
    put(directory, offset, 4);
    directory += name;
  }
  const std::size_t start = out.size();
  out += directory + "PK\x05\x06";
  put(out, 0, 4);
  put(out, files.size(), 2);
  put(out, files.size(), 2);
  put(out, directory.size(), 4);
  put(out, start, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace duologue::store
