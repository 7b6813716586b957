// Makes zip archives for tests: well-formed ones, whose bytes a test may then spoil.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace duologue::store {

enum class Packing { kStored = 0, kDeflate = 8, kZstd = 93 };

std::string make_zip(const std::vector<std::pair<std::string, std::string>>& files, Packing packing);

}  // namespace duologue::store
