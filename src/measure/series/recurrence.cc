// Recurrence quantification on token sets, over the last turns: `rr`, `det`, `l`, `lmax`, `entr`, `lam`,
// `tt`; between two speakers: `xrr`, `xdet`.
#include <memory>

#include "measure/registry.h"
#include "measure/series/reading.h"

namespace duologue::measure {

std::unique_ptr<Series> make_rr() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.all.rr; });
}
std::unique_ptr<Series> make_det() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.all.det; });
}
std::unique_ptr<Series> make_l() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.all.l; });
}
std::unique_ptr<Series> make_lmax() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.all.lmax; });
}
std::unique_ptr<Series> make_entr() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.all.entr; });
}
std::unique_ptr<Series> make_lam() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.all.lam; });
}
std::unique_ptr<Series> make_tt() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.all.tt; });
}
std::unique_ptr<Series> make_xrr() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.xrr; });
}
std::unique_ptr<Series> make_xdet() {
  return reading([](const TurnFeatures& turn) { return turn.recurrence.xdet; });
}

}  // namespace duologue::measure
