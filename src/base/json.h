// The one door to the JSON library (nlohmann): parsing text from outside within limits, and writing it.
// Objects keep their order. No function here throws; the library's own accessors (at, get<>) do, so read
// foreign values through the
// *_at functions. Values; one thread each. A heavy header: include it in .cc files only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace duologue::base {

using Json = nlohmann::ordered_json;

struct JsonLimits {
  std::size_t max_bytes = std::size_t{64} << 20;
  std::size_t max_depth = 64;                     // the library's writer recurses
  std::size_t max_keys = 4'096;                   // of one object: look-up is linear
  std::size_t max_values = std::size_t{1} << 25;  // in all: "[],[],…" takes 16 times its text in memory
};

// One JSON value and nothing after it. kBadInput: "line 1, column 5: …", or the limit that was passed. Of
// equal keys in one object the last one's value stands.
Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

struct JsonError {
  std::size_t offset = 0;  // bytes from the start of the text
  std::string what;        // one line, without the place
};

// The same for what other programs write as JSON though it is none: NaN and infinities are read as null;
// bytes that aren't UTF-8 and lone surrogates (in three bytes, as Python's surrogatepass has them) stay in
// the strings. For callers who name the place themselves.
std::expected<Json, JsonError> parse_foreign_json(std::string_view text, const JsonLimits& limits = {});

// For objects of very many keys, a tokenizer's vocabulary: look-up by halving, keys in their order as bytes.
using SortedJson = nlohmann::json;
Result<SortedJson> parse_sorted_json(std::string_view text, const JsonLimits& limits);

// The text on one line, or indented. Bytes that aren't UTF-8 become U+FFFD; NaN and infinities become null.
std::string dump_json(const Json& value, int indent = -1);

// The member, or null where `object` is no object or has no such key.
const Json* member_at(const Json& object, std::string_view key);

// The member where it is there and of that type. integer_at: within 64 bits; unsigned_at: not negative.
std::optional<std::string> string_at(const Json& object, std::string_view key);
std::optional<bool> bool_at(const Json& object, std::string_view key);
std::optional<std::int64_t> integer_at(const Json& object, std::string_view key);
std::optional<std::uint64_t> unsigned_at(const Json& object, std::string_view key);
std::optional<double> number_at(const Json& object, std::string_view key);

}  // namespace duologue::base
