// The kernel is written once (dot_products_passes.inc) and compiled for three instruction sets.
#include "measure/projections/dot_products.h"

#include <algorithm>
#include <cstring>

namespace duologue::measure {

namespace {

// Bit i: lane i of `values` exceeds the bound.
template <typename Floats>
std::uint32_t lanes_above_plain(const Floats& values, float bound) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < sizeof(Floats) / sizeof(float); ++i) {
    bits |= static_cast<std::uint32_t>(values[i] > bound) << i;
  }
  return bits;
}

namespace plain {
constexpr std::size_t kLanes = 4;
constexpr std::size_t kRows = 6;
constexpr std::size_t kVectors = 2;
template <typename Floats>
std::uint32_t lanes_above(const Floats& values, float bound) {
  return lanes_above_plain(values, bound);
}
#include "measure/projections/dot_products_passes.inc"
}  // namespace plain

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace avx2 {
constexpr std::size_t kLanes = 8;
constexpr std::size_t kRows = 6;
constexpr std::size_t kVectors = 2;
template <typename Floats>
inline std::uint32_t lanes_above(const Floats& values, float bound) {
  using Signs = float __attribute__((vector_size(32)));
  const auto is_above = values > bound;
  Signs signs;
  std::memcpy(&signs, &is_above, sizeof(signs));
  return static_cast<std::uint32_t>(__builtin_ia32_movmskps256(signs));
}
#include "measure/projections/dot_products_passes.inc"  // NOLINT(readability-duplicate-include)
}  // namespace avx2
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")
#endif
namespace avx512 {
constexpr std::size_t kLanes = 16;
constexpr std::size_t kRows = 12;
constexpr std::size_t kVectors = 2;
template <typename Floats>
inline std::uint32_t lanes_above(const Floats& values, float bound) {
  using Signs = int __attribute__((vector_size(64)));
  const auto is_above = values > bound;
  Signs signs;
  std::memcpy(&signs, &is_above, sizeof(signs));
  return static_cast<std::uint32_t>(__builtin_ia32_cvtd2mask512(signs));
}
#include "measure/projections/dot_products_passes.inc"  // NOLINT(readability-duplicate-include)
}  // namespace avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

}  // namespace

std::vector<DotKernel> all_dot_kernels() {
  std::vector<DotKernel> kernels = {plain::kKernel};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) kernels.push_back(avx2::kKernel);
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    kernels.push_back(avx512::kKernel);
  }
#endif
  return kernels;
}

const DotKernel& dot_kernel() {
  static const DotKernel chosen = all_dot_kernels().back();
  return chosen;
}

PackedRows::PackedRows(const Points& points, std::span<const double> scales, std::size_t panel_columns)
    : depth_(points.columns),
      panel_columns_(panel_columns),
      panels_((points.rows + panel_columns - 1) / panel_columns),
      values_(panels_ * depth_ * panel_columns) {
  for (std::size_t i = 0; i < points.rows; ++i) {
    float* to = values_.data() + (i / panel_columns) * depth_ * panel_columns + i % panel_columns;
    for (const float value : points.row(i)) {
      *to = static_cast<float>(static_cast<double>(value) * scales[i]);
      to += panel_columns;
    }
  }
}

}  // namespace duologue::measure
