// The network, by libcurl. A call takes a line of the pool (a curl handle with its open connections), waits
// on it with curl_multi_poll, and gives it back, so that a conversation's next call finds its connection
// open. A stop request wakes the poll. The calls share looked-up names and TLS sessions.
//
// Redirects aren't followed: a key must not go where nobody sent it. Proxies are those of the environment
// (http_proxy, https_proxy, no_proxy), never for this machine itself.
#pragma once

#include <memory>

#include "model/http/transport.h"

namespace duologue::model::http {

// Safe to call from any thread; must outlive its calls.
std::shared_ptr<Transport> make_curl_transport();
// One for the whole program: whoever goes through it finds the connections that others left open.
std::shared_ptr<Transport> network();

}  // namespace duologue::model::http
