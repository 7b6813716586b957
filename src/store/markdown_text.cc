#include "store/markdown_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace duologue::store {

namespace {

constexpr std::string_view kMarks = "\\`*_[]#~|${}!";  // wherever they stand
constexpr std::string_view kStarts = "+-=:";           // at a line's start

constexpr std::array<std::pair<std::string_view, char>, 4> kEntities{
    {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&nbsp;", ' '}}};

bool is_ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// Controls, line separators, and what has no width or turns the direction.
bool is_hidden(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

// "12." and "12)" begin a list: the place of the mark.
std::size_t list_mark(std::string_view line) {
  const std::size_t end = line.find_first_not_of("0123456789");
  return end != std::string_view::npos && end > 0 && (line[end] == '.' || line[end] == ')')
             ? end
             : std::string_view::npos;
}

void append_character(std::string& out, std::string_view bytes, char32_t c, bool at_start) {
  if (is_hidden(c)) {
    out += fmt::format("&#x{:X};", static_cast<std::uint32_t>(c));
  } else if (c == '<') {
    out += "&lt;";
  } else if (c == '>') {
    out += "&gt;";
  } else if (c == '&') {
    out += "&amp;";
  } else {
    const bool marks =
        c < 0x80 && (kMarks.find(static_cast<char>(c)) != std::string_view::npos ||
                     (at_start && kStarts.find(static_cast<char>(c)) != std::string_view::npos));
    if (marks) out.push_back('\\');
    out += bytes;
  }
}

// The character of "&#xHEX;" or "&#32;" at the front, and its length.
std::optional<std::pair<char32_t, std::size_t>> numeric_entity(std::string_view text) {
  const std::size_t end = text.substr(0, 12).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return std::nullopt;
  const bool hex = text[2] == 'x';
  const std::string_view digits = text.substr(hex ? 3 : 2, end - (hex ? 3 : 2));
  std::uint32_t code = 0;
  const auto [last, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (digits.empty() || error != std::errc() || last != digits.data() + digits.size() || code > 0x10FFFF)
    return std::nullopt;
  return std::pair{static_cast<char32_t>(code), end + 1};
}

// What stands at the front, decoded onto `out`; how much of the text that was.
std::size_t decode_one(std::string_view text, std::string& out) {
  if (text.front() == '\\' && text.size() > 1 && is_ascii_punctuation(text[1])) {
    out.push_back(text[1]);
    return 2;
  }
  if (text.front() == '&') {
    if (const auto entity = numeric_entity(text)) {
      base::append_utf8(out, entity->first);
      return entity->second;
    }
    for (const auto& [word, c] : kEntities) {
      if (!text.starts_with(word)) continue;
      out.push_back(c);
      return word.size();
    }
  }
  out.push_back(text.front());
  return 1;
}

}  // namespace

std::string to_markdown(std::string_view line) {
  const std::string valid = base::replace_invalid_utf8(line);
  std::string_view rest = valid;
  std::string out;
  while (rest.starts_with(' ')) {
    out += "&nbsp;";
    rest.remove_prefix(1);
  }
  const bool ends_in_space = rest.ends_with(' ');
  if (ends_in_space) rest.remove_suffix(1);
  const std::size_t mark = list_mark(rest);
  for (std::size_t at = 0; at < rest.size();) {
    const base::Utf8Step step = base::decode_utf8(rest.substr(at));
    if (at == mark) out.push_back('\\');
    append_character(out, rest.substr(at, step.length), step.code_point, at == 0);
    at += step.length;
  }
  if (ends_in_space) out += "&#32;";
  return out;
}

std::string from_markdown(std::string_view line) {
  std::string out;
  while (!line.empty()) line.remove_prefix(decode_one(line, out));
  return out;
}

std::string quoted_block(std::string_view text, std::string_view prefix) {
  std::string out;
  if (text.empty()) return out;
  const std::string_view bare = prefix.substr(0, prefix.find_last_not_of(' ') + 1);
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = to_markdown(text.substr(start, end - start));
    const bool more = end + 1 < text.size() && text[end + 1] != '\n';
    out += line.empty() ? bare : prefix;
    out += line;
    if (!line.empty() && more) out.push_back('\\');
    out.push_back('\n');
    start = end + 1;
  }
  return out;
}

std::string from_block_line(std::string_view line) {
  const std::size_t last = line.find_last_not_of('\\');
  const std::size_t backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
  if (backslashes % 2 == 1) line.remove_suffix(1);
  return from_markdown(line);
}

std::string comment_json(const base::Json& json) {
  const std::string text = base::dump_json(json);
  std::string out;
  bool after_dash = false;
  for (std::size_t at = 0; at < text.size();) {
    const base::Utf8Step step = base::decode_utf8(std::string_view(text).substr(at));
    const char32_t c = step.code_point;
    const bool dash = c == '-';
    if (c >= 0x10000) {
      const std::uint32_t pair = static_cast<std::uint32_t>(c) - 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (pair >> 10), 0xDC00 + (pair & 0x3FF));
    } else if (c >= 0x7f || c == '<' || c == '>' || (dash && after_dash)) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c));
    } else {
      out.push_back(static_cast<char>(c));
    }
    after_dash = dash;
    at += step.length;
  }
  return out;
}

}  // namespace duologue::store
