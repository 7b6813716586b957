// Series that keep nothing themselves: each value is read off the turn's features.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "measure/series.h"

namespace duologue::measure {

template <typename Read>
class Reading final : public Series {
 public:
  explicit Reading(Read read) : read_(std::move(read)) {}
  std::optional<double> observe(const TurnFeatures& features) override {
    const auto value = read_(features);
    if constexpr (std::is_arithmetic_v<std::remove_const_t<decltype(value)>>) {
      return static_cast<double>(value);
    } else {
      return value;
    }
  }

 private:
  Read read_;
};

// `read` takes the features and gives a number, or an optional<double>.
template <typename Read>
std::unique_ptr<Series> reading(Read read) {
  return std::make_unique<Reading<Read>>(std::move(read));
}

}  // namespace duologue::measure
