// What was never said before in this conversation: `nov4`, `new_words`, `zm` and `new_bytes`.
#include <algorithm>
#include <memory>
#include <optional>

#include "chat/turn.h"
#include "measure/compressor.h"
#include "measure/function_words.h"
#include "measure/ngrams.h"
#include "measure/registry.h"
#include "measure/series.h"
#include "measure/suffix_automaton.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kGram = 4;
constexpr std::size_t kLeastTokensOfZm = 8;

class Novelty4 final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    const auto tokens = features.tokens;
    if (tokens.empty()) return std::nullopt;
    grams_.clear();
    const std::size_t length = std::min(kGram, tokens.size());
    for (std::size_t i = 0; i + length <= tokens.size(); ++i)
      grams_.push_back(gram_of(tokens.subspan(i, length)));
    // A turn is compared with those before it, not with itself.
    const std::size_t unseen = seen_.insert_all(grams_);
    return static_cast<double>(unseen) / static_cast<double>(grams_.size());
  }

 private:
  GramSet seen_;
  std::vector<std::uint64_t> grams_;
};

class NewWords final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    std::size_t count = 0;
    for (const TokenId token : features.tokens) seen_.prefetch(token);
    for (std::size_t i = 0; i < features.tokens.size(); ++i) {
      const TokenId token = features.tokens[i];
      if (features.is_word[i] != 0 && !is_function_word(token) && seen_.insert(token)) ++count;
    }
    return static_cast<double>(count);
  }

 private:
  GramSet seen_;
};

class ZivMerhav final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    std::optional<double> value;
    history_.prefetch(features.tokens);
    if (history_.tokens() > 0 && features.tokens.size() >= kLeastTokensOfZm) {
      value = static_cast<double>(phrases(features.tokens)) / static_cast<double>(features.tokens.size());
    }
    for (const TokenId token : features.tokens) history_.append(token);
    history_.append_break();
    return value;
  }

 private:
  // The turn, cut greedily into the longest pieces that the history holds; a token that it doesn't is a
  // piece.
  std::size_t phrases(std::span<const TokenId> tokens) const {
    std::size_t count = 0;
    SuffixAutomaton::State state = SuffixAutomaton::kRoot;
    for (const TokenId token : tokens) {
      SuffixAutomaton::State next = history_.follow(state, token);
      if (next == SuffixAutomaton::kNone && state != SuffixAutomaton::kRoot) {
        ++count;
        next = history_.follow(SuffixAutomaton::kRoot, token);
      }
      if (next == SuffixAutomaton::kNone) {
        ++count;
        next = SuffixAutomaton::kRoot;
      }
      state = next;
    }
    return count + (state == SuffixAutomaton::kRoot ? 0 : 1);
  }

  SuffixAutomaton history_;
};

class NewBytes final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    const std::optional<std::size_t> bytes = compressor_.add(features.said->text);
    if (!bytes) return std::nullopt;
    return static_cast<double>(*bytes);
  }

 private:
  Compressor compressor_;
};

}  // namespace

std::unique_ptr<Series> make_new_bytes() { return std::make_unique<NewBytes>(); }
std::unique_ptr<Series> make_nov4() { return std::make_unique<Novelty4>(); }
std::unique_ptr<Series> make_new_words() { return std::make_unique<NewWords>(); }
std::unique_ptr<Series> make_zm() { return std::make_unique<ZivMerhav>(); }

}  // namespace duologue::measure
