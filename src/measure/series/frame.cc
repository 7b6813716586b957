// Frames: `d_frame1`, `d_frame2`, `d_frame` (the nearest of the last six), `same_opening`, `same_ending`.
#include <algorithm>
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

class FrameLag final : public Series {
 public:
  explicit FrameLag(std::size_t lag) : lag_(lag) {}
  std::optional<double> observe(const TurnFeatures& features) override {
    return features.frame.distance[lag_ - 1];
  }

 private:
  std::size_t lag_;
};

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

template <auto member>
class Edge final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    return static_cast<double>(features.frame.*member);
  }
};

}  // namespace

std::unique_ptr<Series> make_d_frame1() { return std::make_unique<FrameLag>(1); }
std::unique_ptr<Series> make_d_frame2() { return std::make_unique<FrameLag>(2); }
std::unique_ptr<Series> make_d_frame() { return std::make_unique<NearestFrame>(); }
std::unique_ptr<Series> make_same_opening() { return std::make_unique<Edge<&FrameFeatures::same_opening>>(); }
std::unique_ptr<Series> make_same_ending() { return std::make_unique<Edge<&FrameFeatures::same_ending>>(); }

}  // namespace duologue::measure
