// Frames: `d_frame1`, `d_frame2`, `d_frame` (the nearest of the last six), `same_opening`, `same_ending`.
#include <algorithm>
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"
#include "measure/series/reading.h"

namespace duologue::measure {
namespace {

class NearestFrame final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    std::optional<double> least;
    for (const auto& distance : features.frame.distance) {
      if (distance && (!least || *distance < *least)) least = distance;
    }
    return least;
  }
};

}  // namespace

std::unique_ptr<Series> make_d_frame1() {
  return reading([](const TurnFeatures& turn) { return turn.frame.distance[0]; });
}
std::unique_ptr<Series> make_d_frame2() {
  return reading([](const TurnFeatures& turn) { return turn.frame.distance[1]; });
}
std::unique_ptr<Series> make_d_frame() { return std::make_unique<NearestFrame>(); }
std::unique_ptr<Series> make_same_opening() {
  return reading([](const TurnFeatures& turn) { return turn.frame.same_opening; });
}
std::unique_ptr<Series> make_same_ending() {
  return reading([](const TurnFeatures& turn) { return turn.frame.same_ending; });
}

}  // namespace duologue::measure
