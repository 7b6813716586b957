#include "base/json.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json_mender.h"
#include "base/utf8.h"

namespace duologue::base {

namespace {

struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

Position position_of(std::string_view text, std::size_t offset) {
  Position at;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
  }
  return at;
}

using Parsed = std::expected<Json, JsonError>;

std::unexpected<JsonError> fail_at(std::size_t offset, std::string what) {
  return std::unexpected(JsonError{offset, std::move(what)});
}

// The byte after the string that opens at `i`; text.size() where it never closes, which the parser will
// report.
std::size_t skip_string(std::string_view text, std::size_t i) {
  for (++i; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return text.size();
}

// Depth and key counts by brackets and commas alone, before the library allocates anything for them.
std::expected<void, JsonError> check_limits(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail_at(0, fmt::format("JSON of {} bytes: at most {} are read", text.size(), limits.max_bytes));
  }
  struct Level {
    bool object;
    std::size_t commas;
  };
  std::vector<Level> levels;
  std::size_t values = 1;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = skip_string(text, i);
      continue;
    }
    if ((c == ',' || c == '{' || c == '[') && ++values > limits.max_values) {
      return fail_at(i, fmt::format("JSON of more than {} values", limits.max_values));
    }
    if (c == '{' || c == '[') {
      if (levels.size() >= limits.max_depth) {
        return fail_at(i, fmt::format("JSON nested deeper than {} levels", limits.max_depth));
      }
      levels.push_back({c == '{', 0});
    } else if ((c == '}' || c == ']') && !levels.empty()) {
      levels.pop_back();
    } else if (c == ',' && !levels.empty() && levels.back().object &&
               ++levels.back().commas >= limits.max_keys) {
      return fail_at(i, fmt::format("a JSON object with more than {} keys", limits.max_keys));
    }
    ++i;
  }
  return {};
}

// What of the library's message a reader can use: "[json.exception.…] parse error at line 1, column 5: syntax
// error while parsing value - unexpected end of input; expected …" without its prefixes.
std::string reason(std::string_view message) {
  if (const auto dash = message.find(" - "); dash != std::string_view::npos) {
    message.remove_prefix(dash + 3);
  } else if (const auto bracket = message.find("] "); bracket != std::string_view::npos) {
    message.remove_prefix(bracket + 2);
  }
  // The library quotes the last token, which may hold anything.
  if (const auto quoted = message.find("; last read"); quoted != std::string_view::npos) {
    message = message.substr(0, quoted);
  }
  std::string out;
  for (const char c : message.substr(0, 200)) out.push_back(c >= ' ' && c < 0x7f ? c : '?');
  return out;
}

// Reads without keeping anything, to learn where the library gave up: its own exceptions don't always say.
struct Locator {
  std::size_t position = 0;

  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(Json::number_integer_t) { return true; }
  bool number_unsigned(Json::number_unsigned_t) { return true; }
  bool number_float(Json::number_float_t, const std::string&) { return true; }
  bool string(std::string&) { return true; }
  bool binary(Json::binary_t&) { return true; }
  bool start_object(std::size_t) { return true; }
  bool key(std::string&) { return true; }
  bool end_object() { return true; }
  bool start_array(std::size_t) { return true; }
  bool end_array() { return true; }
  bool parse_error(std::size_t at, const std::string&, const std::exception&) {
    position = at;
    return false;
  }
};

// What stands at the position, counted from 1: after the last byte that was read.
std::size_t offset_of_failure(std::string_view text) {
  Locator locator;
  try {
    Json::sax_parse(text, &locator);
  } catch (const std::exception&) {
    return 0;  // no memory
  }
  return locator.position > 0 ? locator.position - 1 : 0;
}

template <typename Value>
std::expected<Value, JsonError> parse_strictly(std::string_view text) {
  try {
    return Value::parse(text);
  } catch (const typename Value::parse_error& error) {
    return fail_at(error.byte > 0 ? error.byte - 1 : 0, "not JSON: " + reason(error.what()));
  } catch (const std::exception& error) {  // a number beyond every range, or no memory
    return fail_at(offset_of_failure(text), "not usable JSON: " + reason(error.what()));
  }
}

template <typename Value>
Result<Value> parse_within(std::string_view text, const JsonLimits& limits) {
  std::expected<Value, JsonError> parsed;
  if (const auto within = check_limits(text, limits); !within) {
    parsed = std::unexpected(within.error());
  } else {
    parsed = parse_strictly<Value>(text);
  }
  if (parsed) return std::move(*parsed);
  const Position at = position_of(text, parsed.error().offset);
  return fail(ErrorKind::kBadInput,
              fmt::format("line {}, column {}: {}", at.line, at.column, parsed.error().what));
}

constexpr char kHex[] = "0123456789abcdef";

void write_escape(std::string& out, char c) {
  out.push_back('\\');
  switch (c) {
    case '"':
    case '\\':
      out.push_back(c);
      return;
    case '\b':
      out.push_back('b');
      return;
    case '\t':
      out.push_back('t');
      return;
    case '\n':
      out.push_back('n');
      return;
    case '\f':
      out.push_back('f');
      return;
    case '\r':
      out.push_back('r');
      return;
    default:
      out += {'u', '0', '0', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 0xf]};
  }
}

bool needs_escape(unsigned char c) { return c < ' ' || c == '"' || c == '\\'; }

// Of eight bytes at once, any of them. "Determine if a word has a byte less than n": Bit Twiddling Hacks.
bool any_needs_escape(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof(word));
  const auto has_zero = [](std::uint64_t v) { return (v - kOnes) & ~v & kHigh; };
  const std::uint64_t low = (word - kOnes * ' ') & ~word & kHigh;
  return (low | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) != 0;
}

void write_string(std::string& out, const std::string& text) {
  if (!is_valid_utf8(text)) {
    out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  out.push_back('"');
  std::size_t begin = 0;  // of what nothing of needs an escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (i + 8 <= text.size() && !any_needs_escape(text.data() + i)) i += 8;
    if (i == text.size()) break;
    if (!needs_escape(static_cast<unsigned char>(text[i]))) continue;
    out.append(text, begin, i - begin);
    write_escape(out, text[i]);
    begin = i + 1;
  }
  out.append(text, begin);
  out.push_back('"');
}

// What the library writes, which takes strings byte by byte through a decoder: a talk's whole history is
// written at every turn.
void write_compactly(std::string& out, const Json& value) {
  if (value.is_string()) return write_string(out, value.get_ref<const std::string&>());
  if (value.is_array()) {
    out.push_back('[');
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out.push_back(',');
      write_compactly(out, value[i]);
    }
    out.push_back(']');
    return;
  }
  if (!value.is_object()) {
    out += value.dump();
    return;
  }
  out.push_back('{');
  bool first = true;
  for (const auto& [key, member] : value.items()) {
    if (!std::exchange(first, false)) out.push_back(',');
    write_string(out, key);
    out.push_back(':');
    write_compactly(out, member);
  }
  out.push_back('}');
}

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  return parse_within<Json>(text, limits);
}

Result<SortedJson> parse_sorted_json(std::string_view text, const JsonLimits& limits) {
  return parse_within<SortedJson>(text, limits);
}

Parsed parse_foreign_json(std::string_view text, const JsonLimits& limits) {
  if (const auto within = check_limits(text, limits); !within) return std::unexpected(within.error());
  Parsed strict = parse_strictly<Json>(text);
  if (strict) return strict;
  JsonMender mender(text);
  if (!mender.run()) return strict;
  Parsed mended = parse_strictly<Json>(mender.text());
  if (!mended) return fail_at(mender.origin_of(mended.error().offset), std::move(mended.error().what));
  mender.restore(*mended);
  return mended;
}

std::string dump_json(const Json& value, int indent) {
  if (indent >= 0) return value.dump(indent, ' ', false, Json::error_handler_t::replace);
  std::string out;
  write_compactly(out, value);
  return out;
}

const Json* member_at(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

std::optional<std::string> string_at(const Json& object, std::string_view key) {
  const Json* member = member_at(object, key);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return member->get_ref<const std::string&>();
}

std::optional<bool> bool_at(const Json& object, std::string_view key) {
  const Json* member = member_at(object, key);
  if (member == nullptr || !member->is_boolean()) return std::nullopt;
  return member->get<bool>();
}

std::optional<std::int64_t> integer_at(const Json& object, std::string_view key) {
  const Json* member = member_at(object, key);
  if (member == nullptr || !member->is_number_integer()) return std::nullopt;
  if (member->is_number_unsigned() &&
      member->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  return member->get<std::int64_t>();
}

std::optional<std::uint64_t> unsigned_at(const Json& object, std::string_view key) {
  const Json* member = member_at(object, key);
  if (member == nullptr || !member->is_number_integer()) return std::nullopt;
  if (!member->is_number_unsigned() && member->get<std::int64_t>() < 0) return std::nullopt;
  return member->get<std::uint64_t>();
}

std::optional<double> number_at(const Json& object, std::string_view key) {
  const Json* member = member_at(object, key);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  return member->get<double>();
}

}  // namespace duologue::base
