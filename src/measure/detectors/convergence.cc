#include "measure/detectors/convergence.h"

#include <algorithm>
#include <string>
#include <utility>

#include "measure/detectors/labels.h"

namespace duologue::measure {
namespace {

// The kind of loop, by what its last turns share: their words, else their frames, else what they say.
constexpr double kVerbatim = 0.35;  // of nearest, at most
constexpr double kTemplate = 0.62;  // of frame, at most
constexpr double kSameEdges = 0.4;  // of edges, at least

double mean_of(const EvidenceWindow& window, Quantity quantity, std::size_t turns) {
  const std::size_t count = std::min(turns, window.turns());
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    sum += window.at(i).quantities[static_cast<std::size_t>(quantity)].value_or(1.0);
  return sum / static_cast<double>(count);
}

std::string_view kind_of(const EvidenceWindow& window, std::size_t turns) {
  if (mean_of(window, Quantity::kNearest, turns) <= kVerbatim) return "verbatim";
  if (mean_of(window, Quantity::kFrame, turns) <= kTemplate) return "template";
  if (mean_of(window, Quantity::kEdges, turns) >= kSameEdges) return "template";
  return "paraphrase";
}

}  // namespace

Convergence::Convergence(const RuleBook& book) : state_(book.converged()) {}

void Convergence::observe(const EvidenceWindow& window, const TurnFeatures& features,
                          std::vector<Detection>& found) {
  if (const auto entered = state_.observe(window, features.turn)) {
    standing_ = detection(state_.label(), *entered, window, features);
    standing_->kind = kind_of(window, kTurns);
    found.push_back(*standing_);
  }
  if (!state_.stands()) standing_.reset();
}

}  // namespace duologue::measure
