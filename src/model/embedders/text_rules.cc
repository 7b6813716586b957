#include "model/embedders/text_rules.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace duologue::model {

namespace {

// Rust's char::is_whitespace: Unicode's White_Space, without the four separators that Python counts too.
bool is_white(char32_t c) { return base::is_space(c) && (c < 0x1C || c > 0x1F); }

// BERT's tokenizer: categories Cc, Cf and Co.
bool is_bert_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  return base::is_control(c) || base::is_format(c) || base::is_private_use(c);
}

// The blocks that BERT calls Chinese characters.
bool is_han(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return c > ' ' && c < 0x7F && (c == '_' || !base::is_word(c));
  return base::is_punctuation(c);
}

template <typename Visit>
void for_each_code_point(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    const base::Utf8Step step = base::decode_utf8(text.substr(at));
    visit(step.code_point, text.substr(at, step.length), at);
    at += step.length;
  }
}

template <typename Keep>
std::string filtered(std::string_view text, Keep keep) {
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](char32_t c, std::string_view bytes, std::size_t) {
    if (keep(c)) out += bytes;
  });
  return out;
}

std::string lowered(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](char32_t c, std::string_view, std::size_t) { base::append_lower(out, c); });
  return out;
}

// The whole of BERT's normaliser for a text that is all ASCII: no marks, no ideographs.
std::string bert_ascii(std::string_view text, const NormalizerRule& rule) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto code = static_cast<char32_t>(static_cast<unsigned char>(c));
    if (rule.clean && (code == 0 || is_bert_control(code))) continue;
    char kept = rule.clean && is_white(code) ? ' ' : c;
    if (rule.lowercase && kept >= 'A' && kept <= 'Z') kept = static_cast<char>(kept + 32);
    out += kept;
  }
  return out;
}

std::string bert(std::string_view text, const NormalizerRule& rule) {
  if (base::is_ascii(text)) return bert_ascii(text, rule);
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](char32_t c, std::string_view bytes, std::size_t) {
    if (rule.clean && (c == 0 || c == base::kReplacementCharacter || is_bert_control(c))) return;
    if (rule.clean && is_white(c)) {
      out += ' ';
    } else if (rule.pad_han && is_han(c)) {
      out += ' ';
      out += bytes;
      out += ' ';
    } else {
      out += bytes;
    }
  });
  if (rule.strip_marks) {
    out = filtered(base::normal_form(out, base::NormalForm::kNfd),
                   [](char32_t c) { return !base::is_nonspacing_mark(c); });
  }
  return rule.lowercase ? lowered(out) : out;
}

std::string trimmed(std::string_view text, bool left, bool right) {
  std::size_t begin = left ? text.size() : 0;
  std::size_t end = right ? 0 : text.size();
  for_each_code_point(text, [&](char32_t c, std::string_view bytes, std::size_t at) {
    if (is_white(c)) return;
    begin = std::min(begin, at);
    end = std::max(end, at + bytes.size());
  });
  return begin < end ? std::string(text.substr(begin, end - begin)) : std::string();
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  while (!from.empty()) {
    const std::size_t at = text.find(from);
    if (at == std::string_view::npos) break;
    out += text.substr(0, at);
    out += to;
    text.remove_prefix(at + from.size());
  }
  return out += text;
}

// Runs of white space (least 0), or of at least `least` spaces.
std::string spaces_replaced(std::string_view text, std::uint32_t least, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  std::size_t run_begin = 0;
  std::uint64_t run = 0;
  const auto end_run = [&](std::size_t at) {
    if (run > 0 && run >= least) {
      out += to;
    } else {
      out += text.substr(run_begin, at - run_begin);
    }
    run = 0;
  };
  for_each_code_point(text, [&](char32_t c, std::string_view bytes, std::size_t at) {
    if (least == 0 ? is_white(c) : c == U' ') {
      if (run++ == 0) run_begin = at;
      return;
    }
    if (run > 0) end_run(at);
    out += bytes;
  });
  if (run > 0) end_run(text.size());
  return out;
}

std::string apply(std::string text, const NormalizerRule& rule) {
  using Kind = NormalizerRule::Kind;
  switch (rule.kind) {
    case Kind::kBert:
      return bert(text, rule);
    case Kind::kForm:
      return base::normal_form(text, rule.form);
    case Kind::kLowercase:
      return lowered(text);
    case Kind::kStripMarks:
      return filtered(text, [](char32_t c) { return !base::is_mark(c); });
    case Kind::kTrim:
      return trimmed(text, rule.left, rule.right);
    case Kind::kReplace:
      return replaced(text, rule.from, rule.to);
    case Kind::kReplaceSpaces:
      return spaces_replaced(text, rule.least, rule.to);
    case Kind::kPrepend:
      return text.empty() ? text : rule.to + text;
    case Kind::kCharsmap:
      return rule.charsmap->apply(text);
  }
  return text;
}

// Splits every word by `class_of`: dropped, part of a run, or by itself.
enum class Part { kDrop, kRun, kAlone };
template <typename ClassOf>
void split_words(Words& words, ClassOf class_of) {
  std::vector<Words::Span> out;
  out.reserve(words.spans.size());
  for (std::size_t i = 0; i < words.spans.size(); ++i) {
    const std::size_t base_at = words.spans[i].begin;
    bool in_run = false;
    for_each_code_point(words[i], [&](char32_t c, std::string_view bytes, std::size_t at) {
      const Part part = class_of(c);
      if (part == Part::kRun && in_run) {
        out.back().size += bytes.size();
      } else if (part != Part::kDrop) {
        out.push_back({base_at + at, bytes.size()});
      }
      in_run = part == Part::kRun;
    });
  }
  words.spans = std::move(out);
}

// One word after its spaces became marks, with the mark in front where the rule says so.
std::string marked(std::string_view word, const PreTokenizerRule& rule, bool first) {
  std::string out = replaced(word, " ", rule.mark);
  const bool prepend = rule.prepend == PreTokenizerRule::Prepend::kAlways ||
                       (rule.prepend == PreTokenizerRule::Prepend::kFirst && first);
  return prepend && !out.starts_with(rule.mark) ? rule.mark + out : out;
}

Words metaspace(const Words& words, const PreTokenizerRule& rule) {
  Words out;
  for (std::size_t i = 0; i < words.spans.size(); ++i) {
    const std::size_t begin = out.text.size();
    out.text += marked(words[i], rule, words.spans[i].begin == 0);
    std::size_t from = begin;
    while (rule.split) {
      const std::size_t next = out.text.find(rule.mark, from + 1);
      if (next == std::string::npos) break;
      out.spans.push_back({from, next - from});
      from = next;
    }
    if (from < out.text.size()) out.spans.push_back({from, out.text.size() - from});
  }
  return out;
}

}  // namespace

std::string normalize(std::string_view text, const std::vector<NormalizerRule>& rules) {
  std::string out = base::is_valid_utf8(text) ? std::string(text) : base::replace_invalid_utf8(text);
  for (const NormalizerRule& rule : rules) out = apply(std::move(out), rule);
  return out;
}

Words pre_tokenize(std::string normalized, const std::vector<PreTokenizerRule>& rules) {
  Words words;
  words.text = std::move(normalized);
  if (!words.text.empty()) words.spans.push_back({0, words.text.size()});
  for (const PreTokenizerRule& rule : rules) {
    switch (rule.kind) {
      case PreTokenizerRule::Kind::kWhitespaceSplit:
        split_words(words, [](char32_t c) { return is_white(c) ? Part::kDrop : Part::kRun; });
        break;
      case PreTokenizerRule::Kind::kPunctuation:
        split_words(words, [](char32_t c) { return is_punctuation(c) ? Part::kAlone : Part::kRun; });
        break;
      case PreTokenizerRule::Kind::kMetaspace:
        words = metaspace(words, rule);
        break;
    }
  }
  return words;
}

}  // namespace duologue::model
