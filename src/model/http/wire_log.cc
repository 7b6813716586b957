#include "model/http/wire_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/json_text.h"
#include "base/mutex.h"
#include "base/paths.h"

namespace duologue::model::http {

namespace {

using base::ErrorKind;
using base::fail;
using base::Json;
using base::Result;
using base::Status;

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kKeyRemoved = "(key removed)";
// A 64 MiB answer as base64 beside its readable form, and its request.
constexpr std::size_t kMaxLine = std::size_t{320} << 20;

// Headers of an answer that mean something to the reader; all others may hold what is nobody's business.
constexpr std::array<std::string_view, 5> kKeptHeaders = {"content-type", "retry-after", "retry-after-ms",
                                                          "date", "location"};

constexpr std::pair<ErrorKind, std::string_view> kErrorWords[] = {{ErrorKind::kUnavailable, "unavailable"},
                                                                  {ErrorKind::kTimeout, "timeout"},
                                                                  {ErrorKind::kModel, "model"},
                                                                  {ErrorKind::kBadInput, "bad_input"},
                                                                  {ErrorKind::kUsage, "usage"},
                                                                  {ErrorKind::kCancelled, "cancelled"}};

std::string_view error_word(ErrorKind kind) {
  for (const auto& [known, word] : kErrorWords) {
    if (known == kind) return word;
  }
  return "internal";
}

ErrorKind error_kind(std::string_view word) {
  for (const auto& [kind, known] : kErrorWords) {
    if (known == word) return kind;
  }
  return ErrorKind::kInternal;
}

// Bytes of an answer as they came.
struct Piece {
  double ms = 0;  // since the request was sent
  std::size_t bytes = 0;
};

// One call, as recorded.
struct WireCallRecord {
  HttpAnswer answer;  // its body is all that came
  std::vector<Piece> pieces;
  std::optional<base::Error> error;
};

void remove_keys(std::string& text, const HttpRequest& request) {
  for (const HttpHeader& secret : request.secrets) {
    const std::size_t space = secret.value.rfind(' ');
    const std::string key = secret.value.substr(space == std::string::npos ? 0 : space + 1);
    if (key.empty()) continue;
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at))
      text.replace(at, key.size(), kKeyRemoved);
  }
}

std::string line_of(const HttpRequest& request, WireCallRecord record) {
  Json json = Json::object();
  json["version"] = kVersion;
  json["method"] = request.method;
  json["url"] = request.url;
  Json& headers = json["headers"] = Json::object();
  for (const HttpHeader& header : request.headers) headers[header.name] = header.value;
  base::put_text(json, "body", request.body);
  json["status"] = record.answer.status;
  Json& kept = json["answer_headers"] = Json::object();
  for (const HttpHeader& header : record.answer.headers) {
    if (std::ranges::find(kKeptHeaders, header.name) != kKeptHeaders.end()) kept[header.name] = header.value;
  }
  const std::size_t before = record.answer.body.size();
  remove_keys(record.answer.body, request);
  base::put_text(json, "answer", record.answer.body);
  if (record.answer.body.size() != before)  // a server that tells keys: the pieces' borders are lost
    record.pieces = {{record.pieces.empty() ? 0 : record.pieces.back().ms, record.answer.body.size()}};
  Json& pieces = json["pieces"] = Json::array();
  for (const Piece& piece : record.pieces)
    pieces.push_back({std::round(piece.ms * 1'000) / 1'000, piece.bytes});
  if (record.error) {
    std::string message = record.error->message;
    remove_keys(message, request);
    json["error"] = {{"kind", error_word(record.error->kind)}, {"message", message}};
  }
  return base::dump_json(json) + "\n";
}

base::Hash key_of(std::string_view method, std::string_view url, std::string_view body) {
  return base::Hasher().field(method).field(url).field(body).finish();
}

std::string errno_words() { return std::strerror(errno); }

class Recorder final : public Transport {
 public:
  Recorder(std::string path, int file, std::shared_ptr<Transport> inner)
      : path_(std::move(path)), file_(file), inner_(std::move(inner)) {}
  ~Recorder() override { close(file_); }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  Result<HttpAnswer> send(const HttpRequest& request, std::stop_token stop,
                          const OnBytes& on_bytes) override {
    WireCallRecord record;
    const auto begin = std::chrono::steady_clock::now();
    const auto take = [&](std::string_view bytes) {
      const std::chrono::duration<double, std::milli> since = std::chrono::steady_clock::now() - begin;
      record.pieces.push_back({since.count(), bytes.size()});
      record.answer.body += bytes;
      return !on_bytes || on_bytes(bytes);
    };
    Result<HttpAnswer> answer = inner_->send(request, stop, take);
    if (answer) {
      if (!answer->good()) record.answer.body = answer->body;
      record.answer.status = answer->status;
      record.answer.headers = answer->headers;
      if (!on_bytes) answer->body = record.answer.body;
    } else {
      if (answer.error().kind == ErrorKind::kCancelled) return answer;  // it is asked again, or never
      record.error = answer.error();
    }
    TRY(append(line_of(request, std::move(record))));
    return answer;
  }

 private:
  Status append(const std::string& line) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    std::string_view rest = line;
    while (!rest.empty()) {
      const ssize_t written = write(file_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0)
        return fail(ErrorKind::kIo, fmt::format("can't record the wire to {}: {}", path_, errno_words()));
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  std::string path_;
  int file_;
  std::shared_ptr<Transport> inner_;
  base::Mutex mutex_;
};

struct Recorded {
  std::deque<WireCallRecord> left;
  std::size_t all = 0;
  bool repeats = false;  // a question about the server, which anybody may ask again
};

class Replay final : public Transport {
 public:
  explicit Replay(std::string path) : path_(std::move(path)) {}

  void add(const base::Hash& key, WireCallRecord record, bool repeats) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    Recorded& recorded = calls_[key];
    recorded.left.push_back(std::move(record));
    recorded.repeats = repeats;
    ++recorded.all;
  }

  bool offline() const override { return true; }

  Result<HttpAnswer> send(const HttpRequest& request, std::stop_token stop,
                          const OnBytes& on_bytes) override {
    if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "cancelled");
    TRY_ASSIGN(WireCallRecord record, next(request));
    HttpAnswer& answer = record.answer;
    if ((answer.good() || record.error) && on_bytes) {
      std::string body = std::exchange(answer.body, {});
      std::size_t at = 0;
      for (const Piece& piece : record.pieces) {
        if (at >= body.size() || !on_bytes(std::string_view(body).substr(at, piece.bytes))) return answer;
        at += piece.bytes;
      }
    }
    if (record.error) return std::unexpected(*record.error);
    return std::move(answer);
  }

 private:
  Result<WireCallRecord> next(const HttpRequest& request) EXCLUDES(mutex_) {
    const base::MutexLock lock(mutex_);
    const auto found = calls_.find(key_of(request.method, request.url, request.body));
    if (found == calls_.end()) {
      return fail(
          ErrorKind::kModel,
          fmt::format("{}: this request was never recorded: {} {} ({} bytes); the talk, its seed or its "
                      "settings differ from the recorded run's",
                      path_, request.method, request.url, request.body.size()));
    }
    Recorded& recorded = found->second;
    if (recorded.left.empty()) {
      return fail(ErrorKind::kModel,
                  fmt::format("{}: this request was recorded {} times, and is made once more: {} {}", path_,
                              recorded.all, request.method, request.url));
    }
    if (recorded.repeats && recorded.left.size() == 1) return recorded.left.front();
    WireCallRecord record = std::move(recorded.left.front());
    recorded.left.pop_front();
    return record;
  }

  std::string path_;
  base::Mutex mutex_;
  std::map<base::Hash, Recorded> calls_ GUARDED_BY(mutex_);
};

Result<WireCallRecord> record_of(const Json& json) {
  WireCallRecord record;
  const auto version = base::unsigned_at(json, "version");
  if (version != kVersion) {
    return fail(
        ErrorKind::kBadInput,
        version ? fmt::format("version {}; this program reads {}", *version, kVersion) : "no recorded call");
  }
  const auto answer = base::take_text(json, "answer");
  const auto status = base::unsigned_at(json, "status");
  const Json* pieces = base::member_at(json, "pieces");
  if (!answer || !status || *status > 999 || pieces == nullptr || !pieces->is_array())
    return fail(ErrorKind::kBadInput, "answer, status or pieces are missing");
  record.answer.status = static_cast<int>(*status);
  record.answer.body = *answer;
  for (const Json& piece : *pieces) {
    if (!piece.is_array() || piece.size() != 2 || !piece[1].is_number_unsigned())
      return fail(ErrorKind::kBadInput, "a piece is no pair of milliseconds and bytes");
    record.pieces.push_back({0, piece[1].get<std::size_t>()});
  }
  if (const Json* headers = base::member_at(json, "answer_headers");
      headers != nullptr && headers->is_object()) {
    for (const auto& [name, value] : headers->items()) {
      if (value.is_string()) record.answer.headers.push_back({name, value.get<std::string>()});
    }
  }
  if (const Json* error = base::member_at(json, "error"); error != nullptr && error->is_object()) {
    record.error = base::Error{error_kind(base::string_at(*error, "kind").value_or("")),
                               base::string_at(*error, "message").value_or(""), std::nullopt};
  }
  return record;
}

std::string file_in(const std::string& folder) { return folder + "/" + std::string(kWireFile); }

}  // namespace

Result<std::shared_ptr<Transport>> open_wire_recorder(const std::string& folder,
                                                      std::shared_ptr<Transport> inner) {
  TRY(base::make_folder({.path = folder, .note = {}}));
  const std::string path = file_in(folder);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0)
    return fail(ErrorKind::kIo, fmt::format("can't record the wire to {}: {}", path, errno_words()));
  return std::make_shared<Recorder>(path, file, std::move(inner));
}

Result<std::shared_ptr<Transport>> open_wire_replay(const std::string& folder) {
  const std::string path = file_in(folder);
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::kNotFound, fmt::format("{}: no recorded wire there", path));
  auto replay = std::make_shared<Replay>(path);
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // the last line has no end: the run was cut off while it wrote
    const auto at_line = [&](const base::Error& error) {
      return fail(ErrorKind::kBadInput, fmt::format("{}: line {}: {}", path, number, error.message));
    };
    const auto json = base::parse_json(line, {.max_bytes = kMaxLine});
    if (!json) return at_line(json.error());
    auto record = record_of(*json);
    if (!record) return at_line(record.error());
    const std::string method = base::string_at(*json, "method").value_or("");
    const std::string url = base::string_at(*json, "url").value_or("");
    const bool question = method == "GET" || url.ends_with("/api/show");
    replay->add(key_of(method, url, base::take_text(*json, "body").value_or("")), std::move(*record),
                question);
  }
  return replay;
}

}  // namespace duologue::model::http
