// Markers and looks of a turn: `m_farewell` ... `m_apology`, `title_run`, `emoji`, `stage`, `code`,
// `capitals`.
#include "measure/markers.h"

#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

class MarkerCount final : public Series {
 public:
  explicit MarkerCount(Marker marker) : marker_(marker) {}
  std::optional<double> observe(const TurnFeatures& features) override {
    return static_cast<double>(features.markers[marker_]);
  }

 private:
  Marker marker_;
};

// One member of TextShape.
template <auto member>
class Shape final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    return static_cast<double>(features.shape.*member);
  }
};

}  // namespace

template <Marker marker>
std::unique_ptr<Series> make_marker() {
  return std::make_unique<MarkerCount>(marker);
}
template std::unique_ptr<Series> make_marker<Marker::kFarewell>();
template std::unique_ptr<Series> make_marker<Marker::kClosure>();
template std::unique_ptr<Series> make_marker<Marker::kGratitude>();
template std::unique_ptr<Series> make_marker<Marker::kAgreement>();
template std::unique_ptr<Series> make_marker<Marker::kPraise>();
template std::unique_ptr<Series> make_marker<Marker::kIdentity>();
template std::unique_ptr<Series> make_marker<Marker::kAsAnAi>();
template std::unique_ptr<Series> make_marker<Marker::kRefusal>();
template std::unique_ptr<Series> make_marker<Marker::kHelper>();
template std::unique_ptr<Series> make_marker<Marker::kBliss>();
template std::unique_ptr<Series> make_marker<Marker::kShutdown>();
template std::unique_ptr<Series> make_marker<Marker::kMetaLoop>();
template std::unique_ptr<Series> make_marker<Marker::kMetaHuman>();
template std::unique_ptr<Series> make_marker<Marker::kSuperlative>();
template std::unique_ptr<Series> make_marker<Marker::kFiction>();
template std::unique_ptr<Series> make_marker<Marker::kSystemBuilding>();
template std::unique_ptr<Series> make_marker<Marker::kEscape>();
template std::unique_ptr<Series> make_marker<Marker::kInventedHuman>();
template std::unique_ptr<Series> make_marker<Marker::kLeaked>();
template std::unique_ptr<Series> make_marker<Marker::kApology>();

std::unique_ptr<Series> make_words() { return std::make_unique<Shape<&TextShape::words>>(); }
std::unique_ptr<Series> make_lines() { return std::make_unique<Shape<&TextShape::lines>>(); }
std::unique_ptr<Series> make_questions() { return std::make_unique<Shape<&TextShape::questions>>(); }
std::unique_ptr<Series> make_ends_in_question() {
  return std::make_unique<Shape<&TextShape::ends_in_question>>();
}
std::unique_ptr<Series> make_title_run() { return std::make_unique<Shape<&TextShape::title_run>>(); }
std::unique_ptr<Series> make_emoji() { return std::make_unique<Shape<&TextShape::emoji>>(); }
std::unique_ptr<Series> make_code() { return std::make_unique<Shape<&TextShape::code>>(); }
std::unique_ptr<Series> make_stage() { return std::make_unique<Shape<&TextShape::stage>>(); }
std::unique_ptr<Series> make_capitals() { return std::make_unique<Shape<&TextShape::capitals>>(); }
std::unique_ptr<Series> make_own_repeats() { return std::make_unique<Shape<&TextShape::own_repeats>>(); }
std::unique_ptr<Series> make_top_token() { return std::make_unique<Shape<&TextShape::top_token>>(); }

}  // namespace duologue::measure
