// Where a hash's place begins in an open table of any size: the high half of hash * slots, which spreads
// hashes evenly by their high bits. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace duologue::measure {

// 0 to slots - 1.
constexpr std::size_t hash_slot(std::uint64_t hash, std::size_t slots) {
  return static_cast<std::size_t>((static_cast<unsigned __int128>(hash) * slots) >> 64U);
}

}  // namespace duologue::measure
