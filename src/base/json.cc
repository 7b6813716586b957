#include "base/json.h"

#include <limits>
#include <vector>

#include <fmt/format.h>

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

Status fail_at(std::string_view text, std::size_t offset, const std::string& what) {
  const Position at = position_of(text, offset);
  return fail(ErrorKind::kBadInput, fmt::format("line {}, column {}: {}", at.line, at.column, what));
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
Status check_limits(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail(ErrorKind::kBadInput,
                fmt::format("JSON of {} bytes: at most {} are read", text.size(), limits.max_bytes));
  }
  struct Level {
    bool object;
    std::size_t commas;
  };
  std::vector<Level> levels;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = skip_string(text, i);
      continue;
    }
    if (c == '{' || c == '[') {
      if (levels.size() >= limits.max_depth) {
        return fail_at(text, i, fmt::format("JSON nested deeper than {} levels", limits.max_depth));
      }
      levels.push_back({c == '{', 0});
    } else if ((c == '}' || c == ']') && !levels.empty()) {
      levels.pop_back();
    } else if (c == ',' && !levels.empty() && levels.back().object &&
               ++levels.back().commas >= limits.max_keys) {
      return fail_at(text, i, fmt::format("a JSON object with more than {} keys", limits.max_keys));
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

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  TRY(check_limits(text, limits));
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    TRY(fail_at(text, error.byte > 0 ? error.byte - 1 : 0, "not JSON: " + reason(error.what())));
  } catch (const std::exception& error) {  // a number beyond every range, or no memory
    return fail(ErrorKind::kBadInput, "not usable JSON: " + reason(error.what()));
  }
  return fail(ErrorKind::kInternal, "the JSON parser failed without an error");
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
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
