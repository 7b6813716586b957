// The Transport door: one HTTP request and its answer as it streams in. Behind it libcurl (curl_transport.h),
// and what records and replays the wire (wire_log.h). Implementations are safe to call from many threads at
// once; every call blocks its own thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace duologue::model::http {

struct HttpHeader {
  std::string name;  // of an answer: in lower case
  std::string value;
};

// Any of them passing is kTimeout.
struct HttpTimeouts {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds stall{300'000};    // without a byte; the time to the first one counts too
  std::chrono::milliseconds total{1'800'000};  // of the whole call

  bool operator==(const HttpTimeouts&) const = default;
};

// For questions that a server answers at once: which models it has.
inline constexpr HttpTimeouts kAskTimeouts{
    std::chrono::milliseconds(10'000), std::chrono::milliseconds(20'000), std::chrono::milliseconds(30'000)};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<HttpHeader> headers;
  std::vector<HttpHeader> secrets;  // headers that hold a key: sent, and never kept or told
  std::string body;                 // of a POST
  HttpTimeouts timeouts;
  std::function<void()> on_waiting;  // called on the calling thread where it first waits; may be empty
};

struct HttpAnswer {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;  // where the status isn't 2xx, or nobody took the bytes

  // The first header of that (lower-case) name; empty where there is none.
  std::string_view header(std::string_view name) const;
  bool good() const { return status >= 200 && status < 300; }
};

// Bytes of a 2xx answer's body as they come, on the calling thread. False: enough, no more is wanted; the
// call then ends well at once.
using OnBytes = std::function<bool(std::string_view bytes)>;

inline constexpr std::size_t kMaxErrorBody = std::size_t{256}
                                             << 10;  // what is kept of an answer that isn't 2xx
inline constexpr std::size_t kMaxBody = std::size_t{64} << 20;

class Transport {
 public:
  virtual ~Transport() = default;

  // An answer of any status is a value; an error says that there was none, or that it broke off. With
  // `on_bytes` a 2xx body goes there, otherwise into the answer.
  // kUnavailable: no such host, nobody listens, the connection broke. kTimeout. kCancelled within a
  // millisecond of a stop request. kModel: TLS or a proxy refuses. kBadInput: more than kMaxBody. kUsage: a
  // URL that is none.
  virtual base::Result<HttpAnswer> send(const HttpRequest& request, std::stop_token stop,
                                        const OnBytes& on_bytes) = 0;

  // No server is reached, so that no key is needed either: a replay.
  virtual bool offline() const { return false; }
};

}  // namespace duologue::model::http
