#include "base/json_mender.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/utf8.h"

namespace duologue::base {

namespace {

constexpr char32_t kFirstMark = 0x10FF80;
constexpr std::string_view kMarkStart = "\xF4\x8F";  // of all four-byte marks, and of some other code points

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// How many bytes at the front need no second look within a string.
std::size_t plain_prefix(std::string_view text) {
  const auto* const end = std::ranges::find_if(
      text, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) >= 0x80; });
  return static_cast<std::size_t>(end - text.begin());
}

// The number of a \uXXXX at `i`.
std::optional<std::uint32_t> unicode_escape(std::string_view text, std::size_t i) {
  if (text.size() < i + 6 || text[i] != '\\' || text[i + 1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  for (const char c : text.substr(i + 2, 4)) {
    const int low = c | 0x20;
    const int digit = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    unit = unit << 4 | static_cast<std::uint32_t>(digit);
  }
  return unit;
}

// A surrogate as if it were a character.
std::string three_bytes(std::uint32_t unit) {
  return {static_cast<char>(0xE0 | unit >> 12), static_cast<char>(0x80 | (unit >> 6 & 0x3F)),
          static_cast<char>(0x80 | (unit & 0x3F))};
}

bool has_marks(std::string_view text) { return text.find(kMarkStart) != std::string_view::npos; }

std::string without_marks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t next = text.find(kMarkStart);
    out.append(text.substr(0, next));
    if (next == std::string_view::npos) break;
    text.remove_prefix(next);
    const Utf8Step step = decode_utf8(text);
    if (step.valid && step.code_point >= kFirstMark) {
      out.push_back(static_cast<char>(step.code_point & 0xFF));
    } else {
      out.append(text.substr(0, step.length));
    }
    text.remove_prefix(step.length);
  }
  return out;
}

}  // namespace

bool JsonMender::run() {
  walk(std::string::npos);
  return changed_;
}

std::size_t JsonMender::origin_of(std::size_t offset) const {
  JsonMender again(in_);
  return again.walk(offset);
}

// Until more than `stop` bytes are written; gives where that byte comes from.
std::size_t JsonMender::walk(std::size_t stop) {
  std::size_t i = 0;
  while (i < in_.size()) {
    const std::size_t before = out_.size();
    const std::size_t next = in_string_ ? inside(i) : outside(i);
    if (out_.size() > stop) {
      // What is changed changes its length, too.
      const bool copied = next - i == out_.size() - before;
      return copied ? i + (stop - before) : i;
    }
    i = next;
  }
  return i;
}

std::size_t JsonMender::outside(std::size_t i) {
  const std::size_t end = std::min(in_.find_first_of("\"NI-", i), in_.size());
  if (end > i) {
    copy(i, end - i);
    return end;
  }
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
    if (!in_.substr(i).starts_with(word)) continue;
    out_ += "null";
    changed_ = true;
    return i + word.size();
  }
  in_string_ = in_[i] == '"';
  copy(i, 1);
  return i + 1;
}

std::size_t JsonMender::inside(std::size_t i) {
  if (in_[i] == '\\') return escape(i);
  if (in_[i] == '"') {
    in_string_ = false;
    copy(i, 1);
    return i + 1;
  }
  if (const std::size_t run = plain_prefix(in_.substr(i)); run > 0) {
    copy(i, run);
    return i + run;
  }
  const Utf8Step step = decode_utf8(in_.substr(i));
  if (step.valid && step.code_point < kFirstMark) {
    copy(i, step.length);
  } else {
    mark(in_.substr(i, step.length));
  }
  return i + step.length;
}

std::size_t JsonMender::escape(std::size_t i) {
  const auto unit = unicode_escape(in_, i);
  if (!unit || !(is_high(*unit) || is_low(*unit))) {
    const std::size_t length = i + 1 < in_.size() && static_cast<unsigned char>(in_[i + 1]) < 0x80 ? 2 : 1;
    copy(i, length);
    return i + length;
  }
  const auto second = is_high(*unit) ? unicode_escape(in_, i + 6) : std::nullopt;
  if (!second || !is_low(*second)) {
    mark(three_bytes(*unit));
    return i + 6;
  }
  const char32_t code_point = 0x10000 + ((*unit & 0x3FF) << 10) + (*second & 0x3FF);
  if (code_point >= kFirstMark) {
    std::string bytes;
    append_utf8(bytes, code_point);
    mark(bytes);
  } else {
    copy(i, 12);
  }
  return i + 12;
}

void JsonMender::copy(std::size_t i, std::size_t length) { out_.append(in_.substr(i, length)); }

void JsonMender::mark(std::string_view bytes) {
  for (const char byte : bytes) {
    append_utf8(out_, kFirstMark + (static_cast<unsigned char>(byte) - 0x80));
  }
  changed_ = true;
  marked_ = true;
}

// As deep as the parser's limit lets anything be nested.
void JsonMender::restore(Json& value) const {
  if (!marked_) return;
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (has_marks(text)) text = without_marks(text);
  } else if (value.is_array()) {
    for (Json& item : value) restore(item);
  } else if (value.is_object()) {
    bool marked_key = false;
    for (const auto& item : value.items()) {
      restore(item.value());
      marked_key = marked_key || has_marks(item.key());
    }
    if (!marked_key) return;
    Json renamed = Json::object();
    for (const auto& item : value.items()) renamed[without_marks(item.key())] = std::move(item.value());
    value = std::move(renamed);
  }
}

}  // namespace duologue::base
