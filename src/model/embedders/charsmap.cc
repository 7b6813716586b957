#include "model/embedders/charsmap.h"

#include <array>
#include <cstring>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::model {

namespace {

// A unit of the trie (darts-clone's layout).
bool has_leaf(std::uint32_t unit) { return ((unit >> 8) & 1u) != 0; }
std::uint32_t value_of(std::uint32_t unit) { return unit & 0x7FFFFFFFu; }
std::uint32_t label_of(std::uint32_t unit) { return unit & 0x800000FFu; }
std::uint32_t offset_of(std::uint32_t unit) { return (unit >> 10) << ((unit & (1u << 9)) >> 6); }

constexpr std::size_t kWholeClusterBytes = 6;

}  // namespace

base::Result<Charsmap> Charsmap::parse(std::string_view bytes) {
  Charsmap map;
  std::uint32_t trie_bytes = 0;
  if (bytes.size() < sizeof trie_bytes)
    return base::fail(base::ErrorKind::kModel, "the character map is too short");
  std::memcpy(&trie_bytes, bytes.data(), sizeof trie_bytes);
  bytes.remove_prefix(sizeof trie_bytes);
  if (trie_bytes % sizeof(std::uint32_t) != 0 || trie_bytes > bytes.size() || trie_bytes == 0)
    return base::fail(base::ErrorKind::kModel, "the character map's trie doesn't fit into it");
  map.units_.resize(trie_bytes / sizeof(std::uint32_t));
  std::memcpy(map.units_.data(), bytes.data(), trie_bytes);
  map.replacements_ = bytes.substr(trie_bytes);
  map.replacements_ += '\0';
  return map;
}

std::optional<std::string_view> Charsmap::find(std::string_view bytes) const {
  std::size_t at = offset_of(units_[0]);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) return std::nullopt;
    at ^= byte;
    if (at >= units_.size() || label_of(units_[at]) != byte) return std::nullopt;
    const std::uint32_t unit = units_[at];
    at ^= offset_of(unit);
    if (!has_leaf(unit)) continue;
    if (at >= units_.size()) return std::nullopt;
    const std::size_t begin = value_of(units_[at]);
    if (begin >= replacements_.size()) return std::nullopt;
    return std::string_view(replacements_.data() + begin);
  }
  return std::nullopt;
}

std::string Charsmap::apply(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  std::size_t begin = 0;
  for (const std::size_t end : base::grapheme_ends(text)) {
    std::string_view cluster = text.substr(begin, end - begin);
    begin = end;
    if (cluster.size() < kWholeClusterBytes) {
      if (const auto found = find(cluster)) {
        out += *found;
        continue;
      }
    }
    while (!cluster.empty()) {
      const std::string_view one = cluster.substr(0, base::decode_utf8(cluster).length);
      const auto found = find(one);
      out += found ? *found : one;
      cluster.remove_prefix(one.size());
    }
  }
  return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::int16_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int16_t>(i);
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFu;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFFu);
  }
  return out;
}

}  // namespace duologue::model
