#include "measure/text_shape.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kRepeatGram = 3;

bool is_question_mark(char32_t c) { return c == '?' || c == U'？' || c == U'؟' || c == U'⁇'; }
bool is_exclamation_mark(char32_t c) { return c == '!' || c == U'！' || c == U'‼'; }
// What may follow a sentence's end without being part of it.
bool is_trailing(char32_t c) {
  return base::is_space(c) || c == '"' || c == '\'' || c == U'”' || c == U'’' || c == '*' || c == '_' ||
         c == ')' || c == ']' || c == '`';
}

// What a character is to the counts below.
struct Character {
  bool word = false;
  bool upper = false;
  bool lower = false;
  bool space = false;
  bool trailing = false;
  bool question = false;
  bool exclamation = false;
};

Character look_at(char32_t c) {
  return {.word = base::is_word(c),
          .upper = base::is_upper(c),
          .lower = base::is_lower(c),
          .space = base::is_space(c),
          .trailing = is_trailing(c),
          .question = is_question_mark(c),
          .exclamation = is_exclamation_mark(c)};
}

// Nearly all that is ever said.
const std::array<Character, 128>& ascii_characters() {
  static const std::array<Character, 128> table = [] {
    std::array<Character, 128> looked_at;
    for (char32_t c = 0; c < looked_at.size(); ++c) looked_at[c] = look_at(c);
    return looked_at;
  }();
  return table;
}

// How many bytes from the start are a to z.
std::size_t lower_prefix(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= 'a' && text[count] <= 'z') ++count;
  return count;
}

// Words as they are written: for Title Case and ALL CAPS.
class CaseCounter {
 public:
  void put(char32_t c, const Character& is) {
    if (is.word || (c == '\'' && letters_ > 0)) {
      if (letters_ == 0) starts_upper_ = is.upper;
      ++letters_;
      upper_ += is.upper ? 1 : 0;
      lower_ += is.lower ? 1 : 0;
      return;
    }
    end_word();
    if (c != ' ' && c != '-' && c != U'‑') run_ = 0;  // a run goes over spaces and hyphens only
  }
  void put_lower(std::uint32_t letters) {  // at least one
    if (letters_ == 0) starts_upper_ = false;
    letters_ += letters;
    lower_ += letters;
  }
  void end_word() {
    if (letters_ == 0) return;
    const bool title = starts_upper_ && lower_ > 0;
    run_ = title ? run_ + 1 : 0;
    longest_ = std::max(longest_, run_);
    if (letters_ >= 2 && upper_ + lower_ > 0) {
      ++cased_;
      shouted_ += lower_ == 0 ? 1 : 0;
    }
    letters_ = upper_ = lower_ = 0;
  }
  std::uint32_t longest_run() const { return longest_; }
  double shouted_share() const {
    return cased_ == 0 ? 0.0 : static_cast<double>(shouted_) / static_cast<double>(cased_);
  }

 private:
  std::uint32_t letters_ = 0;  // of the word under way
  std::uint32_t upper_ = 0;
  std::uint32_t lower_ = 0;
  bool starts_upper_ = false;
  std::uint32_t run_ = 0;
  std::uint32_t longest_ = 0;
  std::uint32_t cased_ = 0;
  std::uint32_t shouted_ = 0;
};

std::string_view stripped(std::string_view line) {
  constexpr std::string_view kAround = " \t\r#>";
  while (!line.empty() && kAround.find(line.front()) != std::string_view::npos) line.remove_prefix(1);
  while (!line.empty() && kAround.find(line.back()) != std::string_view::npos) line.remove_suffix(1);
  return line;
}

// "*nods*", "[end]", "(silence)", also in bold: nothing else on the line.
bool is_stage_line(std::string_view line) {
  bool bold = false;
  while (line.size() > 4 && line.starts_with("**") && line.ends_with("**")) {
    line = stripped(line.substr(2, line.size() - 4));
    bold = true;
  }
  if (line.size() < 3) return false;
  const char first = line.front();
  const char last = line.back();
  if ((first == '[' && last == ']') || (first == '(' && last == ')')) return true;
  if (bold || (first != '*' && first != '_') || last != first) return false;
  const std::string_view inside = line.substr(1, line.size() - 2);
  return inside.front() != ' ' && inside.front() != first && inside.find(first) == std::string_view::npos;
}

// The marks that open or close a block of code, at a line's start; empty where there are none.
std::string_view fence_of(std::string_view line) {
  for (const std::string_view fence : {std::string_view("```"), std::string_view("~~~")}) {
    if (line.starts_with(fence)) return fence;
  }
  return {};
}

void count_lines(std::string_view text, TextShape& shape) {
  std::uint32_t stage = 0;
  std::uint32_t code = 0;
  std::string_view open;  // the fence of the block that we are in
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = stripped(text.substr(0, end));
    if (!line.empty()) {
      ++shape.lines;
      stage += is_stage_line(line) ? 1 : 0;
      const std::string_view fence = fence_of(line);
      if (open.empty()) {
        open = fence;
      } else if (open == fence) {
        open = {};
      } else {
        ++code;
      }
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (shape.lines == 0) return;
  shape.stage = static_cast<double>(stage) / static_cast<double>(shape.lines);
  shape.code = static_cast<double>(code) / static_cast<double>(shape.lines);
}

}  // namespace

TextShape TextShaper::shape(std::string_view text, const TokenTypes& tokens) {
  TextShape shape;
  shape.words = static_cast<std::uint32_t>(
      std::ranges::count_if(tokens.is_word(), [](std::uint8_t word) { return word != 0; }));
  count_lines(text, shape);
  count_characters(text, shape);
  count_repeats(tokens, shape);
  return shape;
}

void TextShaper::count_characters(std::string_view text, TextShape& shape) {
  const std::array<Character, 128>& ascii = ascii_characters();
  CaseCounter cases;
  std::uint64_t characters = 0;
  std::uint64_t emoji = 0;
  std::size_t flags = 0;
  char32_t before = 0;
  char32_t last = 0;
  const auto put = [&](char32_t c, const Character& is) {
    if (!is.trailing) last = c;
    cases.put(c, is);
    shape.questions += is.question ? 1 : 0;
    shape.exclamations += is.exclamation ? 1 : 0;
    before = c;
  };
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t run = lower_prefix(text.substr(i)); run > 0) {  // most of any text in one step
      cases.put_lower(static_cast<std::uint32_t>(run));
      characters += run;
      i += run;
      last = before = static_cast<unsigned char>(text[i - 1]);
      flags = 0;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < ascii.size()) {  // but for a line feed none belongs to the one before it, and none is an emoji
      characters += ascii[byte].space ? 0 : 1;
      put(byte, ascii[byte]);
      flags = 0;
      ++i;
      continue;
    }
    const base::Utf8Step step = base::decode_utf8(text.substr(i));
    const char32_t c = step.code_point;
    const Character is = look_at(c);
    const bool flag = base::is_regional_indicator(c);
    if (!is.space && !base::continues_grapheme(before, c, flags)) {
      ++characters;
      emoji += flag || base::is_extended_pictographic(c) ? 1 : 0;
    }
    put(c, is);
    flags = flag ? flags + 1 : 0;
    i += step.length;
  }
  cases.end_word();
  shape.ends_in_question = is_question_mark(last);
  shape.title_run = cases.longest_run();
  shape.capitals = cases.shouted_share();
  if (characters > 0) shape.emoji = static_cast<double>(emoji) / static_cast<double>(characters);
}

void TextShaper::count_repeats(const TokenTypes& turn, TextShape& shape) {
  const std::span<const TokenId> tokens = turn.tokens();
  const auto count_at = [&](std::size_t i) { return turn.counts()[turn.numbers()[i]]; };
  if (tokens.size() >= kRepeatGram) {
    const std::size_t grams = tokens.size() - kRepeatGram + 1;
    // One with a token that comes only once can't come again: most need no place in the table.
    static_assert(kRepeatGram == 3);
    const auto may_repeat = [&](std::size_t i) {
      return std::min({count_at(i), count_at(i + 1), count_at(i + 2)}) > 1;
    };
    std::size_t candidates = 0;
    for (std::size_t i = 0; i < grams; ++i) candidates += may_repeat(i) ? 1 : 0;
    seen_.restart(candidates);
    for (std::size_t i = 0; i < grams; ++i) {
      if (may_repeat(i)) seen_.meet(gram_of(tokens.subspan(i, kRepeatGram)), 0);
    }
    const std::size_t repeats = candidates - seen_.distinct();
    shape.own_repeats = 1.0 - static_cast<double>(grams - repeats) / static_cast<double>(grams);
  }
  if (shape.words == 0) return;
  std::uint32_t top = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (turn.is_word()[i] != 0) top = std::max(top, count_at(i));
  }
  shape.top_token = static_cast<double>(top) / static_cast<double>(shape.words);
}

}  // namespace duologue::measure
