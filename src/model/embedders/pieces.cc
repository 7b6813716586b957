#include "model/embedders/pieces.h"

#include <algorithm>
#include <optional>

#include "base/sentences.h"
#include "base/unicode.h"
#include "base/utf8.h"

namespace duologue::model {

namespace {

// Cuts one text; knows its sentences.
class Cutter {
 public:
  Cutter(std::string_view text, std::size_t max_tokens, const CountTokens& count)
      : text_(text), max_tokens_(max_tokens), count_(count) {}

  std::vector<std::string_view> cut() {
    const std::size_t tokens = count_(text_);
    if (tokens > max_tokens_) {
      for (const std::string_view sentence : base::split_sentences(text_))
        sentences_.push_back(static_cast<std::size_t>(sentence.data() - text_.data()));
    }
    cut_range(0, text_.size(), tokens);
    return std::move(pieces_);
  }

 private:
  // The first level makes parts of about the right size; those that are still too large are cut again.
  void cut_range(std::size_t begin, std::size_t end, std::size_t tokens) {
    const std::string_view range = text_.substr(begin, end - begin);
    if (tokens <= max_tokens_ || range.size() <= base::decode_utf8(range).length) {
      pieces_.push_back(range);
      return;
    }
    const std::size_t parts = tokens / max_tokens_ + 1;
    const std::size_t share = std::max<std::size_t>(range.size() / parts, 1);
    // A share is at most half of the range, and a cut at most half a share off: no part is the whole range.
    for (std::size_t from = begin; from < end;) {
      const std::size_t to = end - from <= share + share / 2 ? end : border(from, from + share, share / 2);
      cut_range(from, to, count_(text_.substr(from, to - from)));
      from = to;
    }
  }

  // The best place near `target`, after `begin`: the nearest beginning of a sentence, else of a word, else of
  // a character.
  std::size_t border(std::size_t begin, std::size_t target, std::size_t reach) const {
    if (const auto sentence = nearest_sentence(begin, target, reach)) return *sentence;
    if (const auto word = nearest_word(begin, target, reach)) return *word;
    std::size_t cut = base::floor_boundary(text_, target);
    if (cut <= begin) cut = begin + base::decode_utf8(text_.substr(begin)).length;
    return cut;
  }

  std::optional<std::size_t> nearest_sentence(std::size_t begin, std::size_t target,
                                              std::size_t reach) const {
    const auto after = std::ranges::lower_bound(sentences_, target);
    std::optional<std::size_t> best;
    if (after != sentences_.end() && *after <= target + reach) best = *after;
    if (after != sentences_.begin()) {
      const std::size_t before = *std::prev(after);
      if (before > begin && before + reach >= target && (!best || target - before < *best - target))
        best = before;
    }
    return best;
  }

  std::optional<std::size_t> nearest_word(std::size_t begin, std::size_t target, std::size_t reach) const {
    for (std::size_t away = 0; away <= reach; ++away) {
      for (const std::size_t at : {target - std::min(target, away), target + away}) {
        if (at > begin && at < text_.size() && begins_word(at)) return at;
      }
    }
    return std::nullopt;
  }

  // White space is before `at`, and none at it.
  bool begins_word(std::size_t at) const {
    if (base::floor_boundary(text_, at) != at) return false;
    const std::size_t before = base::floor_boundary(text_, at - 1);
    return base::is_space(base::decode_utf8(text_.substr(before)).code_point) &&
           !base::is_space(base::decode_utf8(text_.substr(at)).code_point);
  }

  std::string_view text_;
  std::size_t max_tokens_;
  const CountTokens& count_;
  std::vector<std::size_t> sentences_;  // where each begins
  std::vector<std::string_view> pieces_;
};

}  // namespace

std::vector<std::string_view> cut_into_pieces(std::string_view text, std::size_t max_tokens,
                                              const CountTokens& count) {
  return Cutter(text, std::max<std::size_t>(max_tokens, 1), count).cut();
}

}  // namespace duologue::model
