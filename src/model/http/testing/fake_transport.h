// A Transport that answers what a test tells it, and keeps what it was asked. One thread at a time.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "model/http/transport.h"

namespace duologue::model::http::testing {

class FakeTransport final : public Transport {
 public:
  // The next answer: 2xx bodies are streamed in pieces of `piece` bytes.
  void answer(int status, std::string body, std::vector<HttpHeader> headers = {}) {
    HttpAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.headers = std::move(headers);
    answers.emplace_back(std::move(answer));
  }
  void fail(base::ErrorKind kind, std::string message) {
    answers.emplace_back(base::fail(kind, std::move(message)));
  }

  base::Result<HttpAnswer> send(const HttpRequest& request, std::stop_token stop,
                                const OnBytes& on_bytes) override {
    requests.push_back(request);
    if (stop.stop_requested()) return base::fail(base::ErrorKind::kCancelled, "cancelled");
    if (answers.empty()) return base::fail(base::ErrorKind::kInternal, "the test has no answer left");
    auto next = std::move(answers.front());
    answers.pop_front();
    if (!next || !next->good() || !on_bytes) return next;
    const std::string body = std::exchange(next->body, "");
    for (std::size_t at = 0; at < body.size(); at += piece) {
      if (!on_bytes(std::string_view(body).substr(at, piece))) break;
    }
    return next;
  }

  std::size_t piece = 7;
  std::deque<base::Result<HttpAnswer>> answers;
  std::vector<HttpRequest> requests;
};

}  // namespace duologue::model::http::testing
