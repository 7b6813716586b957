// How many bytes a text adds to what was said before, as a compressor sees it: one zstd stream, flushed after
// every text. One conversation, one thread; keeps the compressor's window (a few megabytes at most), not the
// texts. The numbers depend on zstd's version: they inform, and no verdict rests on them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace duologue::measure {

class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // Compressed bytes of the next text, 0 and up. Null where zstd fails, for want of memory.
  std::optional<std::size_t> add(std::string_view text);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace duologue::measure
