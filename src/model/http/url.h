// Base URLs of providers: what a user may write, and what is said of one in messages. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace duologue::model::http {

// A base URL as everything keeps it: http:// or https://, host, port and path, without a slash at its end.
// kUsage: another scheme, no host, a user or password (a key belongs into the environment), a query or a
// fragment, spaces or control characters.
base::Result<std::string> check_base_url(std::string_view url);

// "https://host:port" of a URL: what messages name, so that nothing secret of a path gets there.
std::string origin_of(std::string_view url);

// Its host, in lower case, without port and brackets.
std::string host_of(std::string_view url);

// localhost, 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view url);

// OLLAMA_HOST as Ollama itself reads it: HOST, :PORT, HOST:PORT or a URL; port 11434 where none is named, and
// this machine where it is the address to listen on (0.0.0.0).
std::string ollama_url(std::string_view host);

}  // namespace duologue::model::http
