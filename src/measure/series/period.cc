// `period`: see measure/lag_period.h.
#include <memory>
#include <optional>

#include "measure/lag_period.h"
#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

constexpr std::size_t kPairs = 6;
constexpr std::size_t kLeastPairs = 3;  // one or two pairs are alike by chance

class Period final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    period_.add(features.jaccard);
    const auto turns = period_.value();
    if (!turns) return std::nullopt;
    return static_cast<double>(*turns);
  }

 private:
  LagPeriod period_{kPairs, kLeastPairs};
};

}  // namespace

std::unique_ptr<Series> make_period() { return std::make_unique<Period>(); }

}  // namespace duologue::measure
