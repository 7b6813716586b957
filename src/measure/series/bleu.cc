// Overlap of n-grams in order: `d_bleu1`, `d_bleu2`, `self_bleu`.
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

class BleuDistance final : public Series {
 public:
  explicit BleuDistance(std::size_t lag) : lag_(lag) {}
  std::optional<double> observe(const TurnFeatures& features) override {
    return features.bleu.distance[lag_ - 1];
  }

 private:
  std::size_t lag_;
};

class SelfBleu final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override { return features.bleu.self; }
};

}  // namespace

std::unique_ptr<Series> make_d_bleu1() { return std::make_unique<BleuDistance>(1); }
std::unique_ptr<Series> make_d_bleu2() { return std::make_unique<BleuDistance>(2); }
std::unique_ptr<Series> make_self_bleu() { return std::make_unique<SelfBleu>(); }

}  // namespace duologue::measure
