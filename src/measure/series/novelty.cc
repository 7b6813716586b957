// What was never said before in this conversation: `nov4`, `new_words`, `zm` and `new_bytes`.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "chat/turn.h"
#include "measure/compressor.h"
#include "measure/ngrams.h"
#include "measure/registry.h"
#include "measure/series.h"
#include "measure/series/reading.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kGram = 4;
constexpr std::size_t kLeastTokensOfZm = 8;

class Novelty4 final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    const auto tokens = features.tokens;
    if (tokens.empty()) return std::nullopt;
    if (features.history && tokens.size() >= kGram)
      return share(features.history->new_grams, tokens.size() - kGram + 1);
    grams_.clear();
    const std::size_t length = std::min(kGram, tokens.size());
    for (std::size_t i = 0; i + length <= tokens.size(); ++i)
      grams_.push_back(gram_of(tokens.subspan(i, length)));
    // A turn is compared with those before it, not with itself.
    return share(seen_.insert_all(grams_), grams_.size());
  }

 private:
  static double share(std::size_t unseen, std::size_t grams) {
    return static_cast<double>(unseen) / static_cast<double>(grams);
  }

  GramSet seen_;  // with a history only turns shorter than a gram
  std::vector<std::uint64_t> grams_;
};

class NewWords final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    if (features.history) return static_cast<double>(features.history->new_words);
    const TokenTypes& turn = *features.types;
    std::size_t count = 0;
    for (const TokenId type : turn.types()) seen_.prefetch(type);
    for (std::size_t i = 0; i < turn.size(); ++i) {
      if (turn.is_content()[i] != 0 && seen_.insert(turn.types()[i])) ++count;
    }
    return static_cast<double>(count);
  }

 private:
  GramSet seen_;
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
std::unique_ptr<Series> make_zm() {
  return reading([](const TurnFeatures& turn) -> std::optional<double> {
    if (turn.tokens.size() < kLeastTokensOfZm || !turn.history || !turn.history->pieces) return std::nullopt;
    return static_cast<double>(*turn.history->pieces) / static_cast<double>(turn.tokens.size());
  });
}

}  // namespace duologue::measure
