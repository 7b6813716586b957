// What an embedder's vectors say (measure/meaning_window.h): `d_cos1`, `d_cos2`, `coh`, `d_coh`, `vel`,
// `path`, `disp`, `straight`, `pr`, `effrank`.
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

class CosineDistance final : public Series {
 public:
  explicit CosineDistance(std::size_t lag) : lag_(lag) {}
  std::optional<double> observe(const TurnFeatures& features) override {
    return features.meaning.distance[lag_ - 1];
  }

 private:
  std::size_t lag_;
};

template <std::optional<double> MeaningFeatures::* member>
class MeaningSeries final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override { return features.meaning.*member; }
};

}  // namespace

std::unique_ptr<Series> make_d_cos1() { return std::make_unique<CosineDistance>(1); }
std::unique_ptr<Series> make_d_cos2() { return std::make_unique<CosineDistance>(2); }
std::unique_ptr<Series> make_coh() { return std::make_unique<MeaningSeries<&MeaningFeatures::coherence>>(); }
std::unique_ptr<Series> make_d_coh() {
  return std::make_unique<MeaningSeries<&MeaningFeatures::coherence_step>>();
}
std::unique_ptr<Series> make_vel() { return std::make_unique<MeaningSeries<&MeaningFeatures::velocity>>(); }
std::unique_ptr<Series> make_path() { return std::make_unique<MeaningSeries<&MeaningFeatures::path>>(); }
std::unique_ptr<Series> make_disp() {
  return std::make_unique<MeaningSeries<&MeaningFeatures::displacement>>();
}
std::unique_ptr<Series> make_straight() {
  return std::make_unique<MeaningSeries<&MeaningFeatures::straightness>>();
}
std::unique_ptr<Series> make_pr() {
  return std::make_unique<MeaningSeries<&MeaningFeatures::participation>>();
}
std::unique_ptr<Series> make_effrank() {
  return std::make_unique<MeaningSeries<&MeaningFeatures::effective_rank>>();
}

}  // namespace duologue::measure
