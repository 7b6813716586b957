// An HTTP server on 127.0.0.1 for tests: what it does with a request is the test's own code. Stops when it
// goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace duologue::model::http::testing {

// One connection, at one request. Blocking; gives up when the server stops.
class Peer {
 public:
  Peer(int socket, const std::atomic<bool>& stop) : socket_(socket), stop_(stop) {}
  bool send(std::string_view bytes) const;  // false: the other side is gone
  void wait_until_gone() const;             // the other side closed, or the server stops

 private:
  int socket_;
  const std::atomic<bool>& stop_;
};

// Gets the request, head and body. True: the connection stays open for the next one.
using Handler = std::function<bool(const std::string& request, const Peer& peer)>;

class LoopbackServer {
 public:
  explicit LoopbackServer(Handler handler);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string url() const;  // http://127.0.0.1:PORT
  int connections() const { return connections_; }

 private:
  void accept_all();
  void serve(int socket);

  Handler handler_;
  std::uint16_t port_ = 0;  // set as the listener is made
  int listener_ = -1;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::vector<std::jthread> threads_;  // of connections
  std::jthread acceptor_;
};

// "HTTP/1.1 200 OK" with these headers and body.
std::string whole_answer(std::string_view status, std::string_view headers, std::string_view body);

// A port on which nobody listens.
std::string dead_url();

}  // namespace duologue::model::http::testing
