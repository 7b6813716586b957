#include "base/json_text.h"

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace duologue::base {

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int digit_value(char c) {
  const std::size_t value = kDigits.find(c);
  return value == std::string_view::npos ? -1 : static_cast<int>(value);
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < n ? static_cast<std::uint8_t>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= n ? kDigits[group >> (18 - 6 * k) & 63] : '=');
    }
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    std::size_t n = 3;
    if (last && text[i + 3] == '=') n = text[i + 2] == '=' ? 1 : 2;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k <= n ? digit_value(text[i + k]) : 0;
      if (value < 0) return std::nullopt;
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    for (std::size_t k = 0; k < n; ++k) out.push_back(static_cast<char>(group >> (16 - 8 * k) & 255));
  }
  return out;
}

void put_text(Json& object, const std::string& key, std::string_view bytes) {
  if (is_valid_utf8(bytes)) {
    object[key] = bytes;
    return;
  }
  object[key] = replace_invalid_utf8(bytes);
  object[key + "_base64"] = base64_encode(bytes);
}

std::optional<std::string> take_text(const Json& object, const std::string& key) {
  if (const auto exact = string_at(object, key + "_base64")) return base64_decode(*exact);
  return string_at(object, key);
}

}  // namespace duologue::base
