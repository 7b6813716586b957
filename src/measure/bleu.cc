#include "measure/bleu.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::measure {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_stop(char c) { return c == '.' || c == ','; }

// [\{-\~\[-\` -\&\(-\+\:-\@\/]: what mteval always sets apart. The space is one of them.
bool is_separate(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') ||
         (c >= '(' && c <= '+') || (c >= ':' && c <= '@') || c == '/';
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// The substitutions of mteval-v13a before its rules, and a space at each end for them to match.
void pad(std::string_view text, std::string& out) {
  out = ' ';
  if (base::is_valid_utf8(text)) {
    out += text;
  } else {
    out += base::replace_invalid_utf8(text);
  }
  replace_all(out, "<skipped>", "");
  replace_all(out, "-\n", "");
  std::ranges::replace(out, '\n', ' ');
  if (out.find('&') != std::string::npos) {
    replace_all(out, "&quot;", "\"");
    replace_all(out, "&amp;", "&");
    replace_all(out, "&lt;", "<");
    replace_all(out, "&gt;", ">");
  }
  out += ' ';
}

// Its four rules, one after the other over the whole text, as a regular expression's substitution would: each
// match begins where the last one ended.
void set_apart(const std::string& in, std::string& out) {
  out.resize_and_overwrite(3 * in.size(), [&in](char* to, std::size_t) {
    const char* const begin = to;
    for (const char c : in) {
      if (is_separate(c)) {
        *to++ = ' ';
        *to++ = c;
        *to++ = ' ';
      } else {
        *to++ = c;
      }
    }
    return static_cast<std::size_t>(to - begin);
  });
}

// A stop or comma after (`before`: false) or before (true) something that is no digit.
void part_stops(const std::string& in, std::string& out, bool before) {
  out.resize_and_overwrite(2 * in.size(), [&in, before](char* to, std::size_t) {
    const char* const begin = to;
    std::size_t i = 0;
    while (i + 1 < in.size()) {
      const char first = in[i];
      const char second = in[i + 1];
      if (before ? is_stop(first) && !is_digit(second) : is_stop(second) && !is_digit(first)) {
        if (before) *to++ = ' ';
        *to++ = first;
        *to++ = ' ';
        *to++ = second;
        if (!before) *to++ = ' ';
        i += 2;
      } else {
        *to++ = first;
        ++i;
      }
    }
    if (i < in.size()) *to++ = in[i];
    return static_cast<std::size_t>(to - begin);
  });
}

void part_dashes(const std::string& in, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < in.size(); ++i) {
    out += in[i];
    if (is_digit(in[i]) && i + 1 < in.size() && in[i + 1] == '-') {
      out += " - ";
      ++i;
    }
  }
}

// Python's str.split: runs of what Unicode calls white space.
template <typename Emit>
void for_each_word(std::string_view text, Emit emit) {
  std::size_t start = 0;
  std::size_t i = 0;
  const auto end_word = [&] {
    if (i > start) emit(text.substr(start, i - start));
  };
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte > ' ' && byte < 0x80) {  // most of a text
      ++i;
      continue;
    }
    const base::Utf8Step step =
        byte < 0x80 ? base::Utf8Step{byte, 1, true, false} : base::decode_utf8(text.substr(i));
    if (base::is_space(step.code_point)) {
      end_word();
      start = i + step.length;
    }
    i += step.length;
  }
  end_word();
}

// `in` padded -> its tokens, separated by white space, in `out`; `in` is used up.
void apply_rules(std::string& in, std::string& out) {
  set_apart(in, out);
  part_stops(out, in, false);
  part_stops(in, out, true);
  if (out.find('-') != std::string::npos) {
    part_dashes(out, in);
    std::swap(in, out);
  }
}

}  // namespace

std::vector<std::string> tokens_13a(std::string_view text) {
  std::string padded;
  std::string spaced;
  pad(text, padded);
  apply_rules(padded, spaced);
  std::vector<std::string> tokens;
  for_each_word(spaced, [&](std::string_view token) { tokens.emplace_back(token); });
  return tokens;
}

void BleuPreparer::prepare(std::string_view text, BleuText& into) {
  pad(text, padded_);
  apply_rules(padded_, spaced_);
  pad_for_ids(spaced_);
  hashes_.clear();
  for_each_word(std::string_view(spaced_.data(), spaced_.size() - kIdPadding),
                [this](std::string_view token) { hashes_.push_back(token_id(token.data(), token.size())); });
  into.tokens = hashes_.size();
  grams_.assign(hashes_.size(), 0);
  for (std::size_t n = 0; n < kBleuOrder; ++n) {
    std::vector<BleuText::Gram>& grams = into.grams[n];
    grams.clear();
    if (hashes_.size() <= n) continue;
    // Gram i of this order is gram i of the one before and the token after that.
    grams_.resize(hashes_.size() - n);
    for (std::size_t i = 0; i < grams_.size(); ++i) grams_[i] = extend_gram(grams_[i], hashes_[i + n]);
    sorted_ = grams_;
    sorter_.sort(sorted_);
    for (const std::uint64_t hash : sorted_) {
      if (grams.empty() || grams.back().hash != hash) grams.push_back({hash, 0});
      ++grams.back().count;
    }
  }
}

BleuMatches bleu_matches(const BleuText& a, const BleuText& b) {
  BleuMatches matches;
  for (std::size_t n = 0; n < kBleuOrder; ++n) {
    const auto* i = a.grams[n].data();
    const auto* j = b.grams[n].data();
    const auto* const i_end = i + a.grams[n].size();
    const auto* const j_end = j + b.grams[n].size();
    std::uint32_t matched = 0;
    while (i != i_end && j != j_end) {
      // Without branches: hashes come in no order that could be foretold.
      const bool equal = i->hash == j->hash;
      matched += equal ? std::min(i->count, j->count) : 0;
      const bool step_i = i->hash <= j->hash;
      const bool step_j = j->hash <= i->hash;
      i += step_i;
      j += step_j;
    }
    matches.matched[n] = matched;
    if (matched == 0) break;  // a longer gram in both would hold a shorter one
  }
  return matches;
}

double bleu_score(const BleuText& hypothesis, const BleuText& reference, const BleuMatches& matches,
                  BleuSmoothing smoothing, double value) {
  if (matches.matched[0] == 0) return 0.0;
  const auto own = static_cast<double>(hypothesis.tokens);
  const auto other = static_cast<double>(reference.tokens);
  double log_sum = 0;
  double halvings = 1;
  std::size_t orders = 0;
  for (std::size_t n = 0; n < kBleuOrder; ++n) {
    auto correct = static_cast<double>(matches.matched[n]);
    double total = hypothesis.tokens > n ? own - static_cast<double>(n) : 0.0;
    if (smoothing == BleuSmoothing::kAddK && n > 0) {
      correct += value;
      total += value;
    }
    if (total == 0) break;
    ++orders;
    double precision = 100.0 * correct / total;
    if (correct == 0) {
      if (smoothing == BleuSmoothing::kExp) {
        halvings *= 2;
        precision = 100.0 / (halvings * total);
      } else if (smoothing == BleuSmoothing::kFloor) {
        precision = 100.0 * value / total;
      }
    }
    if (precision <= 0) return 0.0;
    log_sum += std::log(precision);
  }
  const double brevity = own < other ? std::exp(1.0 - other / own) : 1.0;
  return brevity * std::exp(log_sum / static_cast<double>(orders));
}

}  // namespace duologue::measure
