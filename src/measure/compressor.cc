#include "measure/compressor.h"

#include <array>

#include <zstd.h>

namespace duologue::measure {

struct Compressor::Stream {
  struct Free {
    void operator()(ZSTD_CCtx* one) const { ZSTD_freeCCtx(one); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context{ZSTD_createCCtx()};
};

Compressor::Compressor() : stream_(std::make_unique<Stream>()) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

std::optional<std::size_t> Compressor::add(std::string_view text) {
  if (!stream_->context) return std::nullopt;
  std::array<char, 1 << 14> room{};  // what comes out is counted and thrown away
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  std::size_t bytes = 0;
  for (;;) {
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    const std::size_t left = ZSTD_compressStream2(stream_->context.get(), &out, &in, ZSTD_e_flush);
    if (ZSTD_isError(left) != 0) return std::nullopt;
    bytes += out.pos;
    if (left == 0) return bytes;
  }
}

}  // namespace duologue::measure
