// Points in the plane for the tests of clusterings: three dense heaps of different width, a far one, and some
// strewn about. In Python (class Lcg as in survival_test.cc):
//   g = Lcg(17); points = []
//   centres = [(0, 0), (10, 0), (5, 9), (30, 30)]; widths = (1, 2, 1.5, 3)
//   for i in range(90):
//       k = g.below(5)
//       draw = lambda: g.below(2000) + g.below(2000) - 2000
//       if k < 4: points.append([c + widths[k] * draw() / 1000 for c in centres[k]])
//       else: points.append([g.below(40000) / 1000 - 3 for _ in range(2)])
//   points = numpy.array(points, dtype=numpy.float32)
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "measure/testing/talk.h"

namespace duologue::measure::testing {

inline std::vector<float> heaps(int count = 90, std::uint64_t seed = 17) {
  constexpr std::array<std::array<double, 2>, 4> kCentres{{{0, 0}, {10, 0}, {5, 9}, {30, 30}}};
  constexpr std::array<double, 4> kWidths{1, 2, 1.5, 3};
  Lcg random(seed);
  std::vector<float> points;
  for (int i = 0; i < count; ++i) {
    const std::uint32_t k = random.below(5);
    for (std::size_t axis = 0; axis < 2; ++axis) {
      double value = 0;
      if (k < 4) {
        const double first = random.below(2000);
        const double second = random.below(2000);
        value = kCentres[k][axis] + kWidths[k] * (first + second - 2000) / 1000;
      } else {
        value = random.below(40'000) / 1000.0 - 3;
      }
      points.push_back(static_cast<float>(value));
    }
  }
  return points;
}

}  // namespace duologue::measure::testing
