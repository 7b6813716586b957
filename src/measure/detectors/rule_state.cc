#include "measure/detectors/rule_state.h"

#include <algorithm>

namespace duologue::measure {
namespace {

// A sum grows no further above its hold: a state that has lasted long can end as soon as a young one.
constexpr double kMostAbove = 0.5;

}  // namespace

RuleState::RuleState(const Rule& rule) : rule_(&rule), sums_(rule.ways.size()) {}

// Page's cumulative sum (Page 1954), once for each way.
std::optional<RuleState::Entered> RuleState::observe(const EvidenceWindow& window, std::uint32_t turn) {
  std::optional<Entered> entered;
  bool stands = false;
  for (std::size_t i = 0; i < sums_.size(); ++i) {
    const Way& way = rule_->ways[i];
    Sum& sum = sums_[i];
    const double before = sum.value;
    sum.value = std::clamp(before + way.evidence(window), 0.0, way.hold + kMostAbove);
    if (sum.value == 0) sum.stands = false;
    if (before == 0 && sum.value > 0) {
      const std::uint32_t back = way.from_first_instance ? window.at(0).nearest_lag : 0;
      sum.since = std::max(turn - std::min(back, turn - 1), free_from_);
    }
    if (sum.value > way.hold) {
      sum.stands = true;
      if (!entered || sum.since < entered->onset) entered = {.onset = sum.since, .way = &way};
    }
    stands = stands || sum.stands;
  }
  const bool began = stands && !stands_;
  if (stands_ && !stands) free_from_ = turn;
  stands_ = stands;
  if (!began) return std::nullopt;
  entered->onset = std::max(entered->onset, free_from_);
  return entered;
}

}  // namespace duologue::measure
