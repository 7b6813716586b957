#include "measure/projections/dot_products.h"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "measure/projections/testing/random_points.h"

namespace duologue::measure {
namespace {

// Every instruction set of this machine, at widths around the run's length.
TEST(DotProducts, AgreeWithDoubles) {
  for (const DotKernel& kernel : all_dot_kernels()) {
    for (const std::size_t columns : {1u, 7u, 127u, 128u, 129u, 384u, 4096u}) {
      const Points queries = testing::normal_points(kernel.rows, columns, 5);
      const Points others = testing::normal_points(kernel.columns + 3, columns, 6);
      const std::vector<double> scales(others.rows, 0.5);
      const PackedRows packed(others, scales, kernel.columns);
      ASSERT_EQ(packed.panels(), 2u);
      std::vector<const float*> rows;
      for (std::size_t i = 0; i < queries.rows; ++i) rows.push_back(queries.row(i).data());
      std::array<float, kMaxTileRows * kMaxTileColumns> products{};
      for (std::size_t p = 0; p < packed.panels(); ++p) {
        kernel.tile(rows.data(), packed.panel(p), packed.depth(), products.data());
        for (std::size_t r = 0; r < kernel.rows; ++r) {
          for (std::size_t c = 0; c < kernel.columns; ++c) {
            const std::size_t j = p * kernel.columns + c;
            double expected = 0;
            for (std::size_t k = 0; j < others.rows && k < columns; ++k) {
              expected +=
                  0.5 * static_cast<double>(queries.row(r)[k]) * static_cast<double>(others.row(j)[k]);
            }
            EXPECT_NEAR(products[r * kernel.columns + c], expected, 1e-6 * static_cast<double>(columns));
          }
        }
      }
    }
  }
}

TEST(DotProducts, BitsSayWhatIsAbove) {
  for (const DotKernel& kernel : all_dot_kernels()) {
    std::vector<float> products(kernel.columns);
    for (std::size_t c = 0; c < kernel.columns; ++c) products[c] = static_cast<float>(c % 5);
    const std::uint64_t bits = kernel.above(products.data(), 2.0F);
    for (std::size_t c = 0; c < 64; ++c) {
      EXPECT_EQ((bits >> c & 1U) != 0, c < kernel.columns && c % 5 > 2) << c;
    }
  }
}

}  // namespace
}  // namespace duologue::measure
