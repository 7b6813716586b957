#include "model/http/testing/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace duologue::model::http::testing {

namespace {

constexpr int kTickMs = 20;

bool readable(int socket) {
  pollfd entry{socket, POLLIN, 0};
  return poll(&entry, 1, kTickMs) > 0;
}

int bound_socket(std::uint16_t& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (socket < 0 || bind(socket, reinterpret_cast<const sockaddr*>(&address), size) != 0) std::abort();
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return socket;
}

// The bytes of one request, or fewer where the other side closed. `rest` holds what came after it.
std::string read_request(int socket, const std::atomic<bool>& stop) {
  std::string request;
  std::size_t wanted = std::string::npos;
  while (!stop && request.size() < wanted) {
    if (!readable(socket)) continue;
    char buffer[4096];
    const ssize_t got = recv(socket, buffer, sizeof(buffer), 0);
    if (got <= 0) return {};
    request.append(buffer, static_cast<std::size_t>(got));
    if (request.front() < 'A' || request.front() > 'Z') return request;  // no HTTP, but a TLS handshake
    const std::size_t head = request.find("\r\n\r\n");
    if (head == std::string::npos || wanted != std::string::npos) continue;
    const std::size_t length = request.find("Content-Length: ");
    wanted = head + 4 + (length < head ? std::strtoul(request.c_str() + length + 16, nullptr, 10) : 0);
  }
  return request;
}

}  // namespace

bool Peer::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Peer::wait_until_gone() const {
  while (!stop_) {
    char byte = 0;
    if (readable(socket_) && recv(socket_, &byte, 1, 0) <= 0) return;
  }
}

LoopbackServer::LoopbackServer(Handler handler)
    : handler_(std::move(handler)), listener_(bound_socket(port_)) {
  listen(listener_, 256);
  acceptor_ = std::jthread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  stop_ = true;
  acceptor_.join();
  threads_.clear();
  close(listener_);
}

std::string LoopbackServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void LoopbackServer::accept_all() {
  while (!stop_) {
    if (!readable(listener_)) continue;
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    ++connections_;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void LoopbackServer::serve(int socket) {
  while (!stop_) {
    const std::string request = read_request(socket, stop_);
    if (request.empty() || !handler_(request, Peer(socket, stop_))) break;
  }
  close(socket);
}

std::string whole_answer(std::string_view status, std::string_view headers, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string dead_url() {
  std::uint16_t port = 0;
  close(bound_socket(port));
  return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace duologue::model::http::testing
