#include "measure/bleu.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::measure {
namespace {

// What the rules of mteval-v13a tell apart.
enum class Kind : std::uint8_t { kPlain, kSpace, kSeparate, kStop, kDigit, kHigh };

constexpr std::array<Kind, 256> kinds() {
  std::array<Kind, 256> table{};
  const auto set = [&table](std::size_t first, std::size_t last, Kind kind) {
    for (std::size_t i = first; i <= last; ++i) table[i] = kind;
  };
  // [\{-\~\[-\` -\&\(-\+\:-\@\/]: what is always set apart.
  set('{', '~', Kind::kSeparate);
  set('[', '`', Kind::kSeparate);
  set('!', '&', Kind::kSeparate);
  set('(', '+', Kind::kSeparate);
  set(':', '@', Kind::kSeparate);
  set('/', '/', Kind::kSeparate);
  set('.', '.', Kind::kStop);
  set(',', ',', Kind::kStop);
  set('0', '9', Kind::kDigit);
  // Python's str.split: what Unicode calls white space, here of ASCII.
  set(0x09, 0x0D, Kind::kSpace);
  set(0x1C, ' ', Kind::kSpace);
  set(0x80, 0xFF, Kind::kHigh);
  return table;
}
constexpr std::array<Kind, 256> kKinds = kinds();

Kind kind_at(std::string_view text, std::size_t i) { return kKinds[static_cast<unsigned char>(text[i])]; }

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

// The tokens of a padded text, by the rules of mteval-v13a in one walk. As substitutions, one after the other
// over the whole text, where each match begins behind the last one, they are:
//   1. what is separate is set apart
//   2. ([^0-9])([\.,]) -> "\1 \2 "
//   3. ([\.,])([^0-9]) -> " \1 \2"
//   4. ([0-9])(-)      -> "\1 - "
template <typename Emit>
class Walk13a {
 public:
  Walk13a(std::string_view text, Emit emit) : text_(text), emit_(emit) {}

  void run() {
    while (at_ < text_.size()) step();
    end_token();
  }

 private:
  void step() {
    switch (kind_at(text_, at_)) {
      case Kind::kPlain:
        ++at_;
        break;
      case Kind::kSpace:
        end_token();
        begin_ = ++at_;
        break;
      case Kind::kSeparate:
        end_token();
        emit_alone();
        break;
      case Kind::kStop:
        stops();
        break;
      case Kind::kDigit:
        ++at_;
        if (at_ < text_.size() && text_[at_] == '-') {  // rule 4
          end_token();
          emit_alone();
        }
        break;
      case Kind::kHigh:
        high();
        break;
    }
  }

  void end_token() {
    if (at_ > begin_) emit_(text_.substr(begin_, at_ - begin_));
    begin_ = at_;
  }
  void emit_alone() {
    emit_(text_.substr(at_, 1));
    begin_ = ++at_;
  }

  // A run of stops and commas. Rule 2 matches every second one: the first where no digit is before it, else
  // the second. Rule 3 matches what is left, but for a last one with a digit behind it: that one stays with
  // the digit, and a lone one with the digit before it too.
  void stops() {
    std::size_t end = at_;
    while (end < text_.size() && kind_at(text_, end) == Kind::kStop) ++end;
    const std::size_t run = end - at_;
    const bool digit_before = at_ > 0 && kind_at(text_, at_ - 1) == Kind::kDigit;
    const bool digit_behind = end < text_.size() && kind_at(text_, end) == Kind::kDigit;
    const bool last_matched = (run % 2 == 0) == digit_before;
    const bool stays = digit_behind && !last_matched;
    if (stays && run == 1) {
      ++at_;
      return;
    }
    end_token();
    while (at_ + (stays ? 1 : 0) < end) emit_alone();
    at_ = end;  // begin_ is behind the last that was emitted
  }

  void high() {
    const base::Utf8Step step = base::decode_utf8(text_.substr(at_));
    if (base::is_space(step.code_point)) {
      end_token();
      begin_ = at_ + step.length;
    }
    at_ += step.length;
  }

  std::string_view text_;
  Emit emit_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  // of the token under way
};

}  // namespace

std::vector<std::string> tokens_13a(std::string_view text) {
  std::string padded;
  pad(text, padded);
  std::vector<std::string> tokens;
  Walk13a(padded, [&](std::string_view token) { tokens.emplace_back(token); }).run();
  return tokens;
}

void BleuGrams::assign(std::span<const std::uint64_t> hashes) {
  hashes_.assign(hashes.begin(), hashes.end());
  hashes_.push_back(0);
  first_.resize(hashes.size());
  earlier_.resize(hashes.size());
  firsts_.clear();
  counts_.assign(hashes.size() + 1, 0);
  table_.assign(std::bit_ceil(kRoom * hashes.size() + 1), static_cast<std::uint32_t>(hashes.size()));
  mask_ = table_.size() - 1;
  for (std::uint32_t i = 0; i < hashes.size(); ++i) {
    std::size_t slot = hashes[i] & mask_;
    while (table_[slot] != size() && hashes_[table_[slot]] != hashes[i]) slot = (slot + 1) & mask_;
    if (table_[slot] == size()) {
      table_[slot] = i;
      firsts_.push_back(i);
    }
    first_[i] = table_[slot];
    earlier_[i] = counts_[table_[slot]]++;
  }
}

void BleuPreparer::prepare(std::string_view text, BleuText& into) {
  pad(text, padded_);
  pad_for_ids(padded_);
  hashes_.clear();
  Walk13a(std::string_view(padded_.data(), padded_.size() - kIdPadding), [this](std::string_view token) {
    hashes_.push_back(token_id(token.data(), token.size()));
  }).run();
  into.tokens = hashes_.size();
  grams_.assign(hashes_.size(), 0);
  for (std::size_t n = 0; n < kBleuOrder; ++n) {
    // Gram i of this order is gram i of the one before and the token after that.
    grams_.resize(hashes_.size() > n ? hashes_.size() - n : 0);
    for (std::size_t i = 0; i < grams_.size(); ++i) grams_[i] = extend_gram(grams_[i], hashes_[i + n]);
    into.grams[n].assign(grams_);
  }
}

BleuMatches bleu_matches(const BleuText& a, const BleuText& b) {
  BleuMatches matches;
  const BleuGrams& words = a.grams[0];
  std::vector<std::uint8_t> held(a.tokens);  // at first places
  for (const std::uint32_t at : words.firsts()) {
    const std::uint32_t count = b.grams[0].count(b.grams[0].find(words.hash(at)));
    held[at] = count > 0 ? 1 : 0;
    matches.matched[0] += std::min(words.count(at), count);
  }
  // Where longer grams begin that b may hold: of both that are a token shorter it holds each. Without
  // branches, since what is held comes in no order.
  std::vector<std::uint32_t> begins(a.tokens);
  std::size_t left = 0;
  for (std::uint32_t at = 0; at + 1 < a.tokens; ++at) {
    begins[left] = at;
    left += held[words.first(at)] & held[words.first(at + 1)];
  }
  for (std::size_t n = 1; n < kBleuOrder; ++n) {
    const BleuGrams& own = a.grams[n];
    const BleuGrams& other = b.grams[n];
    std::size_t found = 0;
    for (std::size_t i = 0; i < left; ++i) {
      const std::uint32_t at = begins[i];
      const std::uint32_t count = other.count(other.find(own.hash(at)));
      begins[found] = at;
      found += count > 0 ? 1 : 0;
      matches.matched[n] += own.earlier(at) < count ? 1 : 0;
    }
    left = 0;
    for (std::size_t i = 0; i + 1 < found; ++i) {
      const bool next_too = begins[i + 1] == begins[i] + 1;
      begins[left] = begins[i];
      left += next_too ? 1 : 0;
    }
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
