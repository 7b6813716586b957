// What an embedder's vectors say (measure/meaning_window.h): `d_cos1`, `d_cos2`, `coh`, `d_coh`, `vel`,
// `path`, `disp`, `straight`, `pr`, `effrank`.
#include <memory>

#include "measure/registry.h"
#include "measure/series/reading.h"

namespace duologue::measure {

std::unique_ptr<Series> make_d_cos1() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.distance[0]; });
}
std::unique_ptr<Series> make_d_cos2() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.distance[1]; });
}
std::unique_ptr<Series> make_coh() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.coherence; });
}
std::unique_ptr<Series> make_d_coh() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.coherence_step; });
}
std::unique_ptr<Series> make_vel() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.velocity; });
}
std::unique_ptr<Series> make_path() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.path; });
}
std::unique_ptr<Series> make_disp() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.displacement; });
}
std::unique_ptr<Series> make_straight() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.straightness; });
}
std::unique_ptr<Series> make_pr() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.participation; });
}
std::unique_ptr<Series> make_effrank() {
  return reading([](const TurnFeatures& turn) { return turn.meaning.effective_rank; });
}

}  // namespace duologue::measure
