// libFuzzer: any bytes as server-sent events and as lines. However they are cut, the same events come out; no
// event holds a carriage return; limits hold.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "model/http/sse.h"

namespace {

namespace http = duologue::model::http;
using duologue::base::Status;

constexpr std::size_t kLimit = 64;

void must(bool holds) {
  if (!holds) std::abort();
}

struct Read {
  bool good = true;
  std::vector<std::string> events;
  bool operator==(const Read&) const = default;
};

template <typename Reader, typename Take>
Status feed(Reader& reader, std::string_view bytes, std::size_t piece, const Take& take) {
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (auto status = reader.push(bytes.substr(at, piece), take); !status) return status;
  }
  return reader.finish(take);
}

Read events_of(std::string_view bytes, std::size_t piece) {
  Read read;
  http::SseReader reader(kLimit);
  const auto take = [&](const http::SseEvent& event) -> Status {
    must(event.data.size() <= kLimit && event.name.size() <= kLimit);
    must(event.data.find('\r') == std::string_view::npos);
    read.events.push_back(std::string(event.name) + "\r" + std::string(event.data));
    return {};
  };
  read.good = feed(reader, bytes, piece, take).has_value();
  must(reader.stray().size() <= kLimit + 1);
  read.events.emplace_back(reader.stray());
  return read;
}

Read lines_of(std::string_view bytes, std::size_t piece) {
  Read read;
  http::LineReader reader(kLimit);
  const auto take = [&](std::string_view line) -> Status {
    must(line.size() <= kLimit && line.find_first_of("\r\n") == std::string_view::npos);
    read.events.emplace_back(line);
    return {};
  };
  read.good = feed(reader, bytes, piece, take).has_value();
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] % 16;
  must(events_of(bytes, piece) == events_of(bytes, size));
  must(lines_of(bytes, piece) == lines_of(bytes, size));
  return 0;
}
