// Moving away: `off_opening`, `off_topic` and `inflation`.
#include <algorithm>
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"
#include "measure/series/reading.h"

namespace duologue::measure {
namespace {

class Inflation final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    constexpr double kLeastWords = 20;    // a lone superlative isn't a rate
    constexpr std::size_t kLeastRun = 3;  // shorter ones are mostly plain names
    const auto superlatives = static_cast<double>(features.markers[Marker::kSuperlative]);
    const std::size_t run = features.shape.title_run;
    const double inflated = superlatives + static_cast<double>(run >= kLeastRun ? run : 0);
    return 100 * inflated / std::max(static_cast<double>(features.shape.words), kLeastWords);
  }
};

}  // namespace

std::unique_ptr<Series> make_off_opening() {
  return reading([](const TurnFeatures& turn) { return turn.topic.off_opening; });
}
std::unique_ptr<Series> make_off_topic() {
  return reading([](const TurnFeatures& turn) { return turn.topic.off_topic; });
}
std::unique_ptr<Series> make_inflation() { return std::make_unique<Inflation>(); }

}  // namespace duologue::measure
