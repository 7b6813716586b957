// How varied the vocabulary is: `distinct_1` ... `distinct_4`, `mtld`, `mattr50`.
#include "measure/diversity.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

// The last kDistinctWindow tokens of the conversation, whoever said them: a fixed length, as the share of
// distinct n-grams falls with it.
class DistinctN final : public Series {
 public:
  explicit DistinctN(std::size_t n) : n_(n) {}

  std::optional<double> observe(const TurnFeatures& features) override {
    const auto tokens = features.tokens.last(std::min(features.tokens.size(), kDistinctWindow));
    const std::size_t room = kDistinctWindow - tokens.size();
    if (window_.size() > room)
      window_.erase(window_.begin(), window_.end() - static_cast<std::ptrdiff_t>(room));
    window_.insert(window_.end(), tokens.begin(), tokens.end());
    if (window_.size() < kDistinctWindow) return std::nullopt;
    const std::size_t grams = window_.size() - n_ + 1;
    seen_.restart(grams);
    for (std::size_t i = 0; i < grams; ++i) seen_.meet(gram_of(std::span(window_).subspan(i, n_)), 0);
    return static_cast<double>(seen_.distinct()) / static_cast<double>(grams);
  }

 private:
  std::size_t n_;
  std::vector<TokenId> window_;
  SeenTable seen_;
};

class Mtld final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    return diversity_.mtld(features.tokens);
  }

 private:
  Diversity diversity_;
};

class Mattr final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    return diversity_.mattr(features.tokens);
  }

 private:
  Diversity diversity_;
};

}  // namespace

template <std::size_t n>
std::unique_ptr<Series> make_distinct() {
  return std::make_unique<DistinctN>(n);
}
template std::unique_ptr<Series> make_distinct<1>();
template std::unique_ptr<Series> make_distinct<2>();
template std::unique_ptr<Series> make_distinct<3>();
template std::unique_ptr<Series> make_distinct<4>();

std::unique_ptr<Series> make_mtld() { return std::make_unique<Mtld>(); }
std::unique_ptr<Series> make_mattr50() { return std::make_unique<Mattr>(); }

}  // namespace duologue::measure
