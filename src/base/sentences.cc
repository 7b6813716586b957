#include "base/sentences.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::base {

namespace {

constexpr std::array<std::string_view, 8> kTitles = {"Mr", "Mrs", "Ms", "Dr", "Prof", "St", "vs", "cf"};

bool is_line_break(char32_t c) {
  return c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// Ends a sentence where white space follows.
bool is_stop(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x203C || c == 0x2047 || c == 0x2048 ||
         c == 0x2049 || c == 0x061F || c == 0x06D4 || c == 0x0964 || c == 0x0965;
}

// Ends a sentence whatever follows: scripts without spaces.
bool is_wide_stop(char32_t c) {
  return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF0E || c == 0xFF61;
}

// May stand between the stop and the space, and belongs to the sentence.
bool is_closer(char32_t c) {
  switch (c) {
    case '"':
    case '\'':
    case ')':
    case ']':
    case '}':
    case '*':
    case '_':
    case 0x00BB:
    case 0x2019:
    case 0x201D:
    case 0x203A:
    case 0x300B:
    case 0x300D:
    case 0x300F:
    case 0xFF09:
      return true;
    default:
      return false;
  }
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

// Whether the full stop at `dot` can't end the sentence that begins at `begin`.
bool is_inner_dot(std::string_view text, std::size_t begin, std::size_t dot) {
  std::size_t word = dot;
  while (word > begin && is_ascii_letter(text[word - 1])) --word;
  const std::string_view letters = text.substr(word, dot - word);
  if (letters.size() == 1 || std::ranges::find(kTitles, letters) != kTitles.end()) return true;
  std::size_t number = dot;
  while (number > begin && is_ascii_digit(text[number - 1])) --number;
  return number == begin && number < dot;
}

struct Stop {
  std::size_t end = 0;  // after the stop, its repetitions and closers
  bool wide = false;
  bool single_dot = false;
};

Stop read_stop(std::string_view text, std::size_t at) {
  Stop stop;
  stop.end = at;
  std::size_t stops = 0;
  while (stop.end < text.size()) {
    const Utf8Step step = decode_utf8(text.substr(stop.end));
    const bool wide = is_wide_stop(step.code_point);
    if (!wide && !is_stop(step.code_point) && (stops == 0 || !is_closer(step.code_point))) break;
    if (wide || is_stop(step.code_point)) ++stops;
    stop.wide = stop.wide || wide;
    stop.end += step.length;
  }
  stop.single_dot = stops == 1 && text[at] == '.';
  return stop;
}

// The first character after white space that is no line break; U+000A where there is none.
char32_t next_on_line(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Utf8Step step = decode_utf8(text.substr(at));
    if (is_line_break(step.code_point) || !is_space(step.code_point)) return step.code_point;
    at += step.length;
  }
  return U'\n';
}

bool ends_sentence(std::string_view text, std::size_t begin, std::size_t at, const Stop& stop) {
  if (stop.wide || stop.end == text.size()) return true;
  if (!is_space(decode_utf8(text.substr(stop.end)).code_point)) return false;
  const char32_t next = next_on_line(text, stop.end);
  if (next >= 'a' && next <= 'z') return false;
  return !stop.single_dot || !is_inner_dot(text, begin, at);
}

bool has_word(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = decode_utf8(text);
    if (is_word(step.code_point)) return true;
    text.remove_prefix(step.length);
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decode_utf8(text.substr(at));
    if (!is_space(step.code_point)) {
      begin = std::min(begin, at);
      end = at + step.length;
    }
    at += step.length;
  }
  return begin < end ? text.substr(begin, end - begin) : std::string_view();
}

// Collects what the rule cut, and joins what holds no word with its neighbour.
class Sentences {
 public:
  void add(std::string_view raw) {
    const std::string_view piece = trimmed(raw);
    if (piece.empty()) return;
    const bool word = has_word(piece);
    if (!out_.empty() && (!word || !last_has_word_)) {
      std::string_view& last = out_.back();
      last = std::string_view(last.begin(), piece.end());  // both lie in the same text
      last_has_word_ = last_has_word_ || word;
    } else {
      out_.push_back(piece);
      last_has_word_ = word;
    }
  }
  std::vector<std::string_view> take() { return std::move(out_); }

 private:
  std::vector<std::string_view> out_;
  bool last_has_word_ = false;
};

}  // namespace

std::vector<std::string_view> split_sentences(std::string_view text) {
  Sentences sentences;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = decode_utf8(text.substr(at));
    std::size_t end = at + step.length;
    bool cut = is_line_break(step.code_point);
    if (is_stop(step.code_point) || is_wide_stop(step.code_point)) {
      while (begin < at && is_space(decode_utf8(text.substr(begin)).code_point))
        begin += decode_utf8(text.substr(begin)).length;
      const Stop stop = read_stop(text, at);
      end = stop.end;
      cut = ends_sentence(text, begin, at, stop);
    }
    if (cut) {
      sentences.add(text.substr(begin, end - begin));
      begin = end;
    }
    at = end;
  }
  sentences.add(text.substr(begin));
  return sentences.take();
}

}  // namespace duologue::base
