// Numbers as users type them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace duologue::cli {

// The whole word is a number of that kind and in range; otherwise empty.
std::optional<std::uint64_t> unsigned_from(std::string_view word);
std::optional<std::uint32_t> count_from(std::string_view word);
std::optional<double> real_from(std::string_view word);  // finite

}  // namespace duologue::cli
