// How varied the vocabulary is: `distinct_1` ... `distinct_4`, `mtld`, `mattr50`.
#include "measure/diversity.h"

#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"
#include "measure/series/reading.h"

namespace duologue::measure {
namespace {

class Mtld final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    return diversity_.mtld(*features.types);
  }

 private:
  Diversity diversity_;
};

class Mattr final : public Series {
 public:
  std::optional<double> observe(const TurnFeatures& features) override {
    return diversity_.mattr(*features.types);
  }

 private:
  Diversity diversity_;
};

}  // namespace

template <std::size_t n>
std::unique_ptr<Series> make_distinct() {
  return reading([](const TurnFeatures& turn) { return turn.distinct[n - 1]; });
}
template std::unique_ptr<Series> make_distinct<1>();
template std::unique_ptr<Series> make_distinct<2>();
template std::unique_ptr<Series> make_distinct<3>();
template std::unique_ptr<Series> make_distinct<4>();

std::unique_ptr<Series> make_mtld() { return std::make_unique<Mtld>(); }
std::unique_ptr<Series> make_mattr50() { return std::make_unique<Mattr>(); }

}  // namespace duologue::measure
