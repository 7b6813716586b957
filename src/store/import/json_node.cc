#include "store/import/json_node.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace duologue::store {

namespace {

using base::Json;
using base::Result;

constexpr std::size_t kQuotedBytes = 40;

std::string_view kind_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "true or false";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a text";
  return value.is_array() ? "a list" : "an object";
}

std::size_t skip_space(std::string_view text, std::size_t i) {
  return std::min(text.find_first_not_of(" \t\r\n", i), text.size());
}

// The place after the string at `i`.
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

// The place after the value at `i`. The text is JSON already.
std::size_t skip_value(std::string_view text, std::size_t i) {
  std::size_t depth = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (c == '"') {
      i = skip_string(text, i);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++i;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return i;
      --depth;
      ++i;
    } else if (c == ',' && depth == 0) {
      return i;
    } else {
      ++i;
      continue;
    }
    if (depth == 0) return i;
  }
  return i;
}

// Where the value of `key` begins in the object at `i`; of equal keys, the last one's.
std::size_t find_member(std::string_view text, std::size_t i, std::string_view key) {
  std::size_t found = i;
  i = skip_space(text, i + 1);
  while (i < text.size() && text[i] == '"') {
    const std::size_t end = skip_string(text, i);
    const auto name = base::parse_foreign_json(text.substr(i, end - i));
    i = skip_space(text, end);
    i = skip_space(text, std::min(i + 1, text.size()));  // the colon
    if (name && name->is_string() && name->get_ref<const std::string&>() == key) found = i;
    i = skip_space(text, skip_value(text, i));
    if (i < text.size() && text[i] == ',') i = skip_space(text, i + 1);
  }
  return found;
}

std::size_t find_item(std::string_view text, std::size_t i, std::size_t index) {
  i = skip_space(text, i + 1);
  for (; index > 0 && i < text.size(); --index) {
    i = skip_space(text, skip_value(text, i));
    if (i < text.size() && text[i] == ',') i = skip_space(text, i + 1);
  }
  return i;
}

std::unexpected<base::Error> fail_within(const std::string& file, const LogPiece& piece, std::size_t offset,
                                         std::string_view what) {
  const std::string_view before = piece.text.substr(0, std::min(offset, piece.text.size()));
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(before, '\n'));
  return fail_at(file, piece.line + lines, piece.offset + offset, what);
}

}  // namespace

std::string in_quotes(std::string_view word) {
  std::string out = "'";
  const std::size_t shown = base::floor_boundary(word, kQuotedBytes);
  for (const char c : base::replace_invalid_utf8(word.substr(0, shown))) {
    out.push_back(static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c);
  }
  return out + (shown < word.size() ? "…'" : "'");
}

Result<Json> parse_piece(const std::string& file, const LogPiece& piece) {
  auto parsed = base::parse_foreign_json(piece.text, {.max_bytes = piece.text.size()});
  if (parsed) return std::move(*parsed);
  return fail_in_piece(file, piece, parsed.error());
}

std::unexpected<base::Error> fail_in_piece(const std::string& file, const LogPiece& piece,
                                           const base::JsonError& error) {
  // A log that is cut off ends in the middle of a value, whatever the parser then misses.
  const bool cut = !piece.ended && error.offset >= piece.text.size();
  return fail_within(file, piece, error.offset,
                     fmt::format("{}; {}", error.what,
                                 cut ? "the file is cut off here: copy it again, or remove what is incomplete"
                                     : "write it anew with the tool that made it, or remove what is wrong"));
}

JsonNode JsonNode::below(const Json& value, Step step) const {
  JsonNode node(*this);
  node.value_ = &value;
  node.way_.push_back(step);
  return node;
}

JsonNode JsonNode::operator[](std::size_t index) const {
  return below((*value_)[index], {.key = {}, .index = index, .is_index = true});
}

std::optional<JsonNode> JsonNode::find(std::string_view key) const {
  const Json* member = base::member_at(*value_, key);
  if (member == nullptr || member->is_null()) return std::nullopt;
  return below(*member, {.key = key, .index = 0, .is_index = false});
}

Result<JsonNode> JsonNode::member(std::string_view key, std::string_view what) const {
  TRY(must_be_object());
  auto node = find(key);
  if (!node) return fail(fmt::format("'{}' is missing; it must be {}", key, what));
  return std::move(*node);
}

Result<JsonNode> JsonNode::object(std::string_view key) const {
  TRY_ASSIGN(JsonNode node, member(key, "an object"));
  TRY(node.must_be_object());
  return node;
}

Result<JsonNode> JsonNode::list(std::string_view key) const {
  TRY_ASSIGN(JsonNode node, member(key, "a list"));
  if (!node.is_list()) return node.fail(fmt::format("must be a list, not {}", kind_of(node.value())));
  return node;
}

Result<std::string> JsonNode::text(std::string_view key) const {
  TRY_ASSIGN(const JsonNode node, member(key, "a text"));
  return node.as_text();
}

Result<std::int64_t> JsonNode::integer(std::string_view key) const {
  TRY_ASSIGN(const JsonNode node, member(key, "a whole number"));
  const auto number = base::integer_at(*value_, key);
  if (!number) return node.fail("must be a whole number of 64 bits");
  return *number;
}

std::string JsonNode::text_or_empty(std::string_view key) const {
  return base::string_at(*value_, key).value_or("");
}

base::Status JsonNode::must_be_object() const {
  if (is_object()) return {};
  return fail(fmt::format("must be an object, not {}", kind_of(*value_)));
}

Result<std::string> JsonNode::as_text() const {
  if (!is_text()) return fail(fmt::format("must be a text, not {}", kind_of(*value_)));
  return value_->get_ref<const std::string&>();
}

std::unexpected<base::Error> JsonNode::fail(std::string_view message) const {
  const std::string at = way();
  const std::string what = at.empty() ? std::string(message) : fmt::format("{}: {}", at, message);
  return fail_within(*source_->file, source_->piece, offset_in(source_->piece.text), what);
}

base::Status JsonNode::check(std::string_view problem) const {
  if (problem.empty()) return {};
  return fail(problem);
}

std::string JsonNode::way() const {
  std::string out;
  for (const Step& step : way_) {
    if (step.is_index) {
      out += fmt::format("[{}]", step.index);
    } else {
      const std::string word = in_quotes(step.key);
      out += (out.empty() ? "" : ".") + word.substr(1, word.size() - 2);
    }
  }
  return out;
}

std::size_t JsonNode::offset_in(std::string_view text) const {
  std::size_t at = skip_space(text, 0);
  for (const Step& step : way_) {
    at = step.is_index ? find_item(text, at, step.index) : find_member(text, at, step.key);
  }
  return std::min(at, text.size());
}

}  // namespace duologue::store
