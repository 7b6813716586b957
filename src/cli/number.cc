#include "cli/number.h"

#include <charconv>
#include <cmath>

namespace duologue::cli {
namespace {

template <typename T>
std::optional<T> number_from(std::string_view word) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> unsigned_from(std::string_view word) { return number_from<std::uint64_t>(word); }
std::optional<std::uint32_t> count_from(std::string_view word) { return number_from<std::uint32_t>(word); }

std::optional<double> real_from(std::string_view word) {
  const std::optional<double> value = number_from<double>(word);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace duologue::cli
