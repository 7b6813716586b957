// The lag spectrum on token sets: `d_jac1` ... `d_jac6`.
#include <cstddef>
#include <memory>

#include "measure/registry.h"
#include "measure/series/reading.h"

namespace duologue::measure {

template <std::size_t lag>
std::unique_ptr<Series> make_jaccard_lag() {
  static_assert(lag >= 1 && lag <= kLags);
  return reading([](const TurnFeatures& turn) { return turn.jaccard[lag - 1]; });
}

template std::unique_ptr<Series> make_jaccard_lag<1>();
template std::unique_ptr<Series> make_jaccard_lag<2>();
template std::unique_ptr<Series> make_jaccard_lag<3>();
template std::unique_ptr<Series> make_jaccard_lag<4>();
template std::unique_ptr<Series> make_jaccard_lag<5>();
template std::unique_ptr<Series> make_jaccard_lag<6>();

}  // namespace duologue::measure
