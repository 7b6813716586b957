// The lag spectrum on token sets: `d_jac1` ... `d_jac6`.
#include <cstddef>
#include <memory>
#include <optional>

#include "measure/registry.h"
#include "measure/series.h"

namespace duologue::measure {
namespace {

class JaccardLag final : public Series {
 public:
  explicit JaccardLag(std::size_t lag) : lag_(lag) {}
  std::optional<double> observe(const TurnFeatures& features) override { return features.jaccard[lag_ - 1]; }

 private:
  std::size_t lag_;
};

}  // namespace

template <std::size_t lag>
std::unique_ptr<Series> make_jaccard_lag() {
  static_assert(lag >= 1 && lag <= kLags);
  return std::make_unique<JaccardLag>(lag);
}

template std::unique_ptr<Series> make_jaccard_lag<1>();
template std::unique_ptr<Series> make_jaccard_lag<2>();
template std::unique_ptr<Series> make_jaccard_lag<3>();
template std::unique_ptr<Series> make_jaccard_lag<4>();
template std::unique_ptr<Series> make_jaccard_lag<5>();
template std::unique_ptr<Series> make_jaccard_lag<6>();

}  // namespace duologue::measure
