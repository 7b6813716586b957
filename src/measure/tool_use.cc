#include "measure/tool_use.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/sentences.h"

namespace duologue::measure {

namespace {

// Lower case of ASCII, apostrophes as ', _ and - and white space as one space.
std::string plain(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (text.substr(i, 3) == "\u2019") {
      c = '\'';
      i += 2;
    }
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_' || c == '-' || c == '\n' || c == '\t' || c == '\r') c = ' ';
    if (c == ' ' && out.ends_with(' ')) continue;
    out.push_back(c);
  }
  return out;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Both plain; the words of `what` stand in `text`, with no letter next to them.
bool has_words(std::string_view text, std::string_view what) {
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    const std::size_t end = at + what.size();
    if ((at == 0 || !is_word_byte(text[at - 1])) && (end == text.size() || !is_word_byte(text[end])))
      return true;
  }
  return false;
}

constexpr std::array<std::string_view, 33> kRefusals{
    "i won't",         "i will not",       "i'll not",     "i can't",       "i cannot",     "i can not",
    "i couldn't",      "i could not",      "i wouldn't",   "i would not",   "i refuse",     "i decline",
    "i must not",      "i mustn't",        "i should not", "i shouldn't",   "i may not",    "i shall not",
    "i'm not going",   "i am not going",   "i'm not able", "i am not able", "i'm unable",   "i am unable",
    "i'm not allowed", "i am not allowed", "i don't want", "i do not want", "i will never", "i'll never",
    "i would never",   "we won't",         "we will not"};

}  // namespace

ToolUse tool_use(const chat::Turn& turn, std::string_view tool) {
  for (const chat::ToolCall& call : turn.tool_calls) {
    if (call.name == tool) return ToolUse::kCalled;
  }
  const std::string name = plain(tool);
  if (!has_words(plain(turn.text), name)) return ToolUse::kNone;
  for (const std::string_view sentence : base::split_sentences(turn.text)) {
    const std::string words = plain(sentence);
    if (!has_words(words, name)) continue;
    if (std::ranges::any_of(kRefusals, [&](std::string_view no) { return has_words(words, no); })) {
      return ToolUse::kRefused;
    }
  }
  return ToolUse::kNamed;
}

void ToolCounts::begin_conversation() { std::ranges::fill(seen_, false); }

void ToolCounts::add(const chat::Turn& turn, std::string_view tool) {
  const auto use = static_cast<std::size_t>(tool_use(turn, tool));
  ++all_turns_;
  ++turns_[use];
  seen_[use] = true;
  for (const chat::ToolCall& call : turn.tool_calls) calls_ += call.name == tool ? 1 : 0;
}

void ToolCounts::end_conversation(bool ended_by_it) {
  ++all_talks_;
  for (std::size_t use = 0; use < kUses; ++use) talks_[use] += seen_[use] ? 1 : 0;
  ended_ += ended_by_it ? 1 : 0;
}

base::Result<Proportion> ToolCounts::turns(ToolUse use) const {
  return Proportion::of(turns_[static_cast<std::size_t>(use)], all_turns_);
}

base::Result<Proportion> ToolCounts::conversations(ToolUse use) const {
  return Proportion::of(talks_[static_cast<std::size_t>(use)], all_talks_);
}

base::Result<Proportion> ToolCounts::ended() const { return Proportion::of(ended_, all_talks_); }

}  // namespace duologue::measure
