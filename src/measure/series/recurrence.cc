// Recurrence quantification on token sets, over the last turns: `rr`, `det`, `l`, `lmax`, `entr`, `lam`,
// `tt`; between two speakers: `xrr`, `xdet`.
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

template <std::optional<double> RecurrenceMeasures::* member>
class Recurrence final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    return features.recurrence.all.*member;
  }
};

template <std::optional<double> RecurrenceFeatures::* member>
class CrossRecurrence final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override { return features.recurrence.*member; }
};

}  // namespace

std::unique_ptr<Series> make_rr() { return std::make_unique<Recurrence<&RecurrenceMeasures::rr>>(); }
std::unique_ptr<Series> make_det() { return std::make_unique<Recurrence<&RecurrenceMeasures::det>>(); }
std::unique_ptr<Series> make_l() { return std::make_unique<Recurrence<&RecurrenceMeasures::l>>(); }
std::unique_ptr<Series> make_lmax() { return std::make_unique<Recurrence<&RecurrenceMeasures::lmax>>(); }
std::unique_ptr<Series> make_entr() { return std::make_unique<Recurrence<&RecurrenceMeasures::entr>>(); }
std::unique_ptr<Series> make_lam() { return std::make_unique<Recurrence<&RecurrenceMeasures::lam>>(); }
std::unique_ptr<Series> make_tt() { return std::make_unique<Recurrence<&RecurrenceMeasures::tt>>(); }
std::unique_ptr<Series> make_xrr() { return std::make_unique<CrossRecurrence<&RecurrenceFeatures::xrr>>(); }
std::unique_ptr<Series> make_xdet() { return std::make_unique<CrossRecurrence<&RecurrenceFeatures::xdet>>(); }

}  // namespace duologue::measure
