#include "model/http/curl_transport.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/mutex.h"
#include "model/http/url.h"

namespace duologue::model::http {

namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kMaxIdleLines = 256;
constexpr std::size_t kMaxHeaders = 200;
constexpr std::size_t kMaxHeaderBytes = 8'192;
constexpr long kMaxConnectionsOfLine = 2;
constexpr long kReadBytes = 4'096;  // answers come in small pieces, to many conversations at once

void start_curl_once() {
  [[maybe_unused]] static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

// One handle with its own open connections. At one call at a time.
struct Line {
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  std::string origin;  // of the last call: whose connection is open

  Line() : multi(curl_multi_init()), easy(curl_easy_init()) {
    if (multi != nullptr) curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kMaxConnectionsOfLine);
  }
  ~Line() {
    if (easy != nullptr) curl_easy_cleanup(easy);
    if (multi != nullptr) curl_multi_cleanup(multi);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  bool usable() const { return multi != nullptr && easy != nullptr; }
};

// Names looked up and TLS sessions, for all lines.
class Shared {
 public:
  Shared() : share_(curl_share_init()) {
    curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &lock);
    curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &unlock);
    curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
  ~Shared() { curl_share_cleanup(share_); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  CURLSH* get() const { return share_; }

 private:
  static void lock(CURL*, curl_lock_data data, curl_lock_access, void* self) {
    static_cast<Shared*>(self)->mutexes_[data].lock();
  }
  static void unlock(CURL*, curl_lock_data data, void* self) {
    static_cast<Shared*>(self)->mutexes_[data].unlock();
  }

  std::array<std::mutex, CURL_LOCK_DATA_LAST> mutexes_;
  CURLSH* share_;
};

// One call while it runs: what curl's callbacks write to.
struct Call {
  const OnBytes* on_bytes = nullptr;
  HttpAnswer answer;
  Clock::time_point last_byte = Clock::now();
  std::size_t taken = 0;
  bool enough = false;
  bool too_much = false;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* user) {
  Call& call = *static_cast<Call*>(user);
  const std::string_view line(bytes, size * count);
  call.last_byte = Clock::now();
  if (line.starts_with("HTTP/")) {  // the head of another answer (100 Continue, a proxy's) came before
    call.answer.headers.clear();
    const std::size_t space = line.find(' ');
    call.answer.status =
        space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space)).c_str());
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.size() > kMaxHeaderBytes) return line.size();
  if (call.answer.headers.size() < kMaxHeaders) {
    call.answer.headers.push_back(
        {lower(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
  }
  return line.size();
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  Call& call = *static_cast<Call*>(user);
  const std::string_view piece(bytes, size * count);
  call.last_byte = Clock::now();
  if (!call.answer.good()) {  // a provider's error: as much as can be told
    call.answer.body += piece.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, call.answer.body.size()));
    return piece.size();
  }
  call.taken += piece.size();
  if (call.taken > kMaxBody) {
    call.too_much = true;
    return 0;
  }
  if (!*call.on_bytes) {
    call.answer.body += piece;
    return piece.size();
  }
  if ((*call.on_bytes)(piece)) return piece.size();
  call.enough = true;
  return 0;
}

// What curl says, in words with the place; `where` is the URL without anything secret.
base::Error error_of(CURLcode code, const char* detail, const HttpRequest& request) {
  const std::string place = origin_of(request.url);
  const std::string words = detail != nullptr && *detail != '\0' ? detail : curl_easy_strerror(code);
  const auto error = [](ErrorKind kind, std::string message) {
    return base::Error{kind, std::move(message), std::nullopt};
  };
  // curl has one code for a scheme that isn't http and for an answer that isn't HTTP.
  if (code == CURLE_UNSUPPORTED_PROTOCOL && request.url.starts_with("http")) code = CURLE_WEIRD_SERVER_REPLY;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return error(ErrorKind::kUnavailable,
                   fmt::format("{}: no such host can be found: check the address and the network", place));
    case CURLE_COULDNT_RESOLVE_PROXY:
      return error(ErrorKind::kUnavailable,
                   fmt::format("{}: the proxy's host can't be found: check http_proxy and https_proxy ({})",
                               place, words));
    case CURLE_COULDNT_CONNECT:
      return error(
          ErrorKind::kUnavailable,
          fmt::format("{}: nobody answers there: is the server running, and is the address right?", place));
    case CURLE_OPERATION_TIMEDOUT:
      return error(ErrorKind::kTimeout, fmt::format("{}: no connection in time ({})", place, words));
    case CURLE_PROXY:
      return error(ErrorKind::kModel, fmt::format("{}: the proxy refuses the connection: {}", place, words));
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return error(
          ErrorKind::kModel,
          fmt::format("{}: no secure connection: {}; is it an https server with a valid certificate?", place,
                      words));
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return error(ErrorKind::kUsage, fmt::format("{}: no URL that can be used: {}", place, words));
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
      return error(ErrorKind::kModel,
                   fmt::format("{}: what answers there doesn't speak HTTP: {}", place, words));
    default:
      if (words.find("CONNECT tunnel failed") != std::string::npos)
        return error(ErrorKind::kModel,
                     fmt::format("{}: the proxy refuses the connection: {}", place, words));
      return error(ErrorKind::kUnavailable, fmt::format("{}: the connection broke off: {}", place, words));
  }
}

class CurlTransport final : public Transport {
 public:
  CurlTransport() { start_curl_once(); }

  Result<HttpAnswer> send(const HttpRequest& request, std::stop_token stop,
                          const OnBytes& on_bytes) override {
    const std::string origin = origin_of(request.url);
    std::unique_ptr<Line> line = take_line(origin);
    if (!line->usable()) return fail(ErrorKind::kInternal, "libcurl can't be set up: out of memory?");
    line->origin = origin;
    Result<HttpAnswer> answer = call(*line, request, stop, on_bytes);
    give_back(std::move(line));
    return answer;
  }

 private:
  std::unique_ptr<Line> take_line(const std::string& origin) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    if (idle_.empty()) return std::make_unique<Line>();
    auto found = std::ranges::find(idle_.rbegin(), idle_.rend(), origin,
                                   [](const auto& line) { return line->origin; });
    if (found == idle_.rend()) found = idle_.rbegin();
    std::unique_ptr<Line> line = std::move(*found);
    idle_.erase(std::next(found).base());
    return line;
  }

  void give_back(std::unique_ptr<Line> line) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    if (idle_.size() < kMaxIdleLines) idle_.push_back(std::move(line));
  }

  Result<HttpAnswer> call(Line& line, const HttpRequest& request, std::stop_token stop,
                          const OnBytes& on_bytes) {
    if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "cancelled");
    Call call;
    call.on_bytes = &on_bytes;
    std::array<char, CURL_ERROR_SIZE> detail{};
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(header_list(request),
                                                                              &curl_slist_free_all);
    set_up(line.easy, request, headers.get(), call, detail.data());
    curl_multi_add_handle(line.multi, line.easy);
    Result<CURLcode> ended = [&]() -> Result<CURLcode> {
      const std::stop_callback wake(stop, [&line] { curl_multi_wakeup(line.multi); });
      return wait(line, request, stop, call);
    }();
    curl_multi_remove_handle(line.multi, line.easy);
    curl_easy_reset(line.easy);  // keeps the connections, drops every pointer into this call
    if (call.enough) return std::move(call.answer);
    if (call.too_much) {
      return fail(ErrorKind::kBadInput,
                  fmt::format("{}: an answer of more than {} MiB", origin_of(request.url), kMaxBody >> 20));
    }
    if (!ended) return std::unexpected(std::move(ended).error());
    if (*ended != CURLE_OK) return std::unexpected(error_of(*ended, detail.data(), request));
    return std::move(call.answer);
  }

  // Until the transfer ends, is stopped, or takes too long.
  static Result<CURLcode> wait(Line& line, const HttpRequest& request, const std::stop_token& stop,
                               const Call& call) {
    const Clock::time_point begin = Clock::now();
    bool has_waited = false;
    while (true) {
      int running = 0;
      if (const CURLMcode code = curl_multi_perform(line.multi, &running); code != CURLM_OK)
        return fail(ErrorKind::kInternal, fmt::format("libcurl: {}", curl_multi_strerror(code)));
      if (running == 0) break;
      if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "cancelled");
      const Clock::time_point now = Clock::now();
      const auto stalled_at = call.last_byte + request.timeouts.stall;
      const auto over_at = begin + request.timeouts.total;
      if (now >= stalled_at) {
        return fail(ErrorKind::kTimeout,
                    fmt::format("{}: no word for {} s", origin_of(request.url),
                                std::chrono::duration<double>(request.timeouts.stall).count()));
      }
      if (now >= over_at) {
        return fail(ErrorKind::kTimeout,
                    fmt::format("{}: no whole answer after {} s", origin_of(request.url),
                                std::chrono::duration<double>(request.timeouts.total).count()));
      }
      if (request.on_waiting && !std::exchange(has_waited, true)) {
        request.on_waiting();
        continue;
      }
      const auto left = std::chrono::ceil<milliseconds>(std::min(stalled_at, over_at) - now);
      curl_multi_poll(line.multi, nullptr, 0,
                      static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, 60'000)), nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(line.multi, &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    return fail(ErrorKind::kInternal, "libcurl: a call without an end");
  }

  static curl_slist* header_list(const HttpRequest& request) {
    curl_slist* list = curl_slist_append(nullptr, "Expect:");  // no wait for 100 Continue
    for (const auto* headers : {&request.headers, &request.secrets}) {
      for (const HttpHeader& header : *headers)
        list = curl_slist_append(list, (header.name + ": " + header.value).c_str());
    }
    return list;
  }

  void set_up(CURL* easy, const HttpRequest& request, curl_slist* headers, Call& call, char* detail) const {
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "duologue");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    if (request.method == "POST") {
      curl_easy_setopt(easy, CURLOPT_POST, 1L);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16'384L);
    }
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReadBytes);
    if (is_loopback(request.url)) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.timeouts.connect.count()));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SHARE, shared_.get());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &call);
  }

  Shared shared_;  // outlives the lines
  base::Mutex mutex_;
  std::vector<std::unique_ptr<Line>> idle_ GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<Transport> make_curl_transport() { return std::make_shared<CurlTransport>(); }

std::shared_ptr<Transport> network() {
  static const std::shared_ptr<Transport> transport = make_curl_transport();
  return transport;
}

}  // namespace duologue::model::http
