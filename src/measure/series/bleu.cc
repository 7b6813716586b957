// Overlap of n-grams in order: `d_bleu1`, `d_bleu2`, `self_bleu`.
#include <memory>

#include "measure/registry.h"
#include "measure/series/reading.h"

namespace duologue::measure {

std::unique_ptr<Series> make_d_bleu1() {
  return reading([](const TurnFeatures& turn) { return turn.bleu.distance[0]; });
}
std::unique_ptr<Series> make_d_bleu2() {
  return reading([](const TurnFeatures& turn) { return turn.bleu.distance[1]; });
}
std::unique_ptr<Series> make_self_bleu() {
  return reading([](const TurnFeatures& turn) { return turn.bleu.self; });
}

}  // namespace duologue::measure
