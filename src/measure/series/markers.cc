// Markers and looks of a turn: `m_farewell` ... `m_apology`, `title_run`, `emoji`, `stage`, `code`,
// `capitals`.
#include "measure/markers.h"

#include <memory>

#include "measure/registry.h"
#include "measure/series/reading.h"

namespace duologue::measure {

template <Marker marker>
std::unique_ptr<Series> make_marker() {
  return reading([](const TurnFeatures& turn) { return turn.markers[marker]; });
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

std::unique_ptr<Series> make_words() {
  return reading([](const TurnFeatures& turn) { return turn.shape.words; });
}
std::unique_ptr<Series> make_lines() {
  return reading([](const TurnFeatures& turn) { return turn.shape.lines; });
}
std::unique_ptr<Series> make_questions() {
  return reading([](const TurnFeatures& turn) { return turn.shape.questions; });
}
std::unique_ptr<Series> make_ends_in_question() {
  return reading([](const TurnFeatures& turn) { return turn.shape.ends_in_question; });
}
std::unique_ptr<Series> make_title_run() {
  return reading([](const TurnFeatures& turn) { return turn.shape.title_run; });
}
std::unique_ptr<Series> make_emoji() {
  return reading([](const TurnFeatures& turn) { return turn.shape.emoji; });
}
std::unique_ptr<Series> make_code() {
  return reading([](const TurnFeatures& turn) { return turn.shape.code; });
}
std::unique_ptr<Series> make_stage() {
  return reading([](const TurnFeatures& turn) { return turn.shape.stage; });
}
std::unique_ptr<Series> make_capitals() {
  return reading([](const TurnFeatures& turn) { return turn.shape.capitals; });
}
std::unique_ptr<Series> make_own_repeats() {
  return reading([](const TurnFeatures& turn) { return turn.shape.own_repeats; });
}
std::unique_ptr<Series> make_top_token() {
  return reading([](const TurnFeatures& turn) { return turn.shape.top_token; });
}

}  // namespace duologue::measure
