#include "model/http/url.h"

#include <cctype>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

namespace duologue::model::http {

namespace {

using base::ErrorKind;
using base::fail;

constexpr std::size_t kMaxUrlBytes = 2'048;

// What follows the scheme, up to the path.
std::string_view authority_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

std::string_view host_in(std::string_view authority) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

}  // namespace

base::Result<std::string> check_base_url(std::string_view url) {
  if (url.size() > kMaxUrlBytes) return fail(ErrorKind::kUsage, "a URL of more than 2048 bytes");
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F)
      return fail(ErrorKind::kUsage, "a URL holds no spaces or control characters");
  }
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return fail(ErrorKind::kUsage, fmt::format("{}: a URL begins with http:// or https://", url));
  const std::string_view authority = authority_of(url);
  if (authority.find('@') != std::string_view::npos) {
    return fail(
        ErrorKind::kUsage,
        fmt::format("{}: a URL with a user or key in it: keys belong into the environment", origin_of(url)));
  }
  if (url.find_first_of("?#") != std::string_view::npos)
    return fail(ErrorKind::kUsage, fmt::format("{}: a base URL has no ? or #", origin_of(url)));
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  const std::string text(url);
  if (host_in(authority).empty() || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return fail(ErrorKind::kUsage,
                fmt::format("{}: no URL with a host and a port of 1 to 65535", origin_of(url)));
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  std::string_view authority = authority_of(url);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  return std::string(scheme == std::string_view::npos ? "" : url.substr(0, scheme + 3)) +
         std::string(authority);
}

std::string host_of(std::string_view url) {
  std::string host(host_in(authority_of(url)));
  for (char& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return host;
}

bool is_loopback(std::string_view url) {
  const std::string host = host_of(url);
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::string ollama_url(std::string_view host) {
  std::string_view scheme = "http://";
  if (const std::size_t end = host.find("://"); end != std::string_view::npos) {
    scheme = host.substr(0, end + 3);
    host.remove_prefix(end + 3);
  }
  while (host.ends_with('/')) host.remove_suffix(1);
  const std::size_t slash = host.find('/');
  std::string_view authority = host.substr(0, slash);
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : host.substr(slash);
  std::string_view port = scheme == "https://" ? ":443" : scheme == "http://" ? ":11434" : "";
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        authority.find(']', colon) == std::string_view::npos &&
                        (authority.starts_with('[') || authority.find(':') == colon);
  if (has_port) {
    port = authority.substr(colon);
    authority = authority.substr(0, colon);
  }
  if (authority.empty() || authority == "0.0.0.0" || authority == "[::]") authority = "127.0.0.1";
  return fmt::format("{}{}{}{}", scheme, authority, port, path);
}

}  // namespace duologue::model::http
